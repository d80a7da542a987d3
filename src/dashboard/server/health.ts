import { OffstageError } from '../../core/errors.ts'
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

/**
 * Whether this process can do its work: its database answers, with a schema that it can use, and its worker is
 * registered. On a newer schema it goes on, and is ready: were it not, a migration would take all processes of the
 * version before out of service at once, before those of the new one are there.
 */
export async function readinessOf(options: ReadinessOptions): Promise<Readiness> {
  const { store: open, workerId, limitMs = LIMIT_MS } = options
  const checks: Record<string, string> = {}
  const store = await check(checks, 'database', limitMs, open)
  // It changes nothing where all is as it should be, and says so where it is not.
  const newer = store === undefined ? undefined : await check(checks, 'schema', limitMs, () => schemaOf(store))
  const id = workerId()
  if (store !== undefined && id !== undefined) {
    await check(checks, 'worker', limitMs, async () => {
      const worker = (await store.workers()).find((each) => each.id === id)
      if (worker === undefined || worker.status === 'lost') throw new Error(`worker ${id} holds no lease`)
      if (worker.status === 'stopping') throw new Error(`worker ${id} is stopping`)
    })
  }
  const ready = Object.values(checks).every((result) => result === 'ok')
  return { ready, checks: newer === undefined ? checks : { ...checks, schema: newer } }
}

/** What is to be said of a schema that is newer than this version knows. */
async function schemaOf(store: Store): Promise<string | undefined> {
  try {
    await store.migrate()
    return undefined
  } catch (error) {
    if (error instanceof OffstageError && error.code === 'SCHEMA_NEWER') return error.message
    throw error
  }
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
