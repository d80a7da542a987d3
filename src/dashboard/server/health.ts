import type { Store } from '../../store/store.ts'

/** How long the database may take to answer, for a server to be called ready. */
const LIMIT_MS = 1_000

export interface Readiness {
  ready: boolean
  /** By what was looked at: `ok`, or what is wrong. */
  checks: Record<string, string>
}

export interface ReadinessOptions {
  store: () => Promise<Store>
  /** The id of the worker of this process; undefined when it has none. */
  workerId: () => string | undefined
  limitMs?: number
}

/** Whether this process can do its work: its database answers, with the schema it knows, and its worker is registered. */
export async function readinessOf(options: ReadinessOptions): Promise<Readiness> {
  const { store: open, workerId, limitMs = LIMIT_MS } = options
  const checks: Record<string, string> = {}
  const store = await check(checks, 'database', limitMs, open)
  // It changes nothing where all is as it should be, and says so where it is not.
  if (store !== undefined) await check(checks, 'schema', limitMs, () => store.migrate())
  const id = workerId()
  if (store !== undefined && id !== undefined) {
    await check(checks, 'worker', limitMs, async () => {
      const worker = (await store.workers()).find((each) => each.id === id)
      if (worker === undefined || worker.status === 'lost') throw new Error(`worker ${id} holds no lease`)
      if (worker.status === 'stopping') throw new Error(`worker ${id} is stopping`)
    })
  }
  return { ready: Object.values(checks).every((result) => result === 'ok'), checks }
}

async function check<Result>(
  checks: Record<string, string>,
  name: string,
  limitMs: number,
  look: () => Promise<Result>,
): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs)
  })
  try {
    const result = await Promise.race([look(), late])
    checks[name] = 'ok'
    return result
  } catch (error) {
    checks[name] = error instanceof Error ? error.message : String(error)
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
