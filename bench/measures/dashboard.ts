import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../dist/stores/open.js'
import { databaseIn, defineApp } from '../app/app.ts'
import { addPending } from '../app/full.ts'
import { fillHistory } from '../app/history.ts'
import { Tally } from '../app/tally.ts'
import { callInProcess } from '../call.ts'
import { type Context, type Figures, type Measure, percentile, perSecond, scaled } from '../measure.ts'
import { childrenNamed, onServers, secondsOf } from '../servers.ts'

export default {
  title: 'The dashboard on 1,000,000 finished and 100,000 pending jobs, while a worker drains',
  sides: ['sqlite', 'postgres'],
  postgres: true,
} satisfies Measure

const JOBS = 300_000
const CALLS = 40
const TABS = 10
const TABS_MS = 10_000

/** What the pages ask, each with what it says of the million jobs. */
const ROUTES = [
  'now',
  'causes?since=24h',
  'jobs?filter=',
  'jobs?filter=status%3Afailed',
  'jobs?filter=status%3Apending',
  'jobs?filter=status%3Acompleted+class%3AReport',
  'jobs?filter=class%3AInvoice',
  'jobs/counts?filter=',
  'jobs/counts?filter=class%3AMail',
  'queues',
  'workers',
  'handlers?since=24h',
  'metrics?since=1h',
  'activity',
] as const

export async function sqlite({ folder, scale }: Context): Promise<Figures> {
  return await measure(folder, databaseIn(folder), scale)
}

export async function postgres({ folder, scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres: database }) => await measure(folder, database, scale))
}

async function measure(folder: string, database: string, scale: number): Promise<Figures> {
  const store = await openStore(database)
  await store.migrate()
  await fillHistory(store, scale)
  await store.close()
  const jobs = scaled(JOBS, scale)

  const app = defineApp({ folder, database })
  const dashboard = app.dashboard({ authorize: () => ({ id: 'bench', name: 'bench', role: 'admin' }) })
  const server = createServer((request, response) => void dashboard.node(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`

  // Quiet: the drain alone, what ten tabs cost when nothing happens. Then both at once.
  const alone = await drain(app, folder, database, jobs)
  const tabs = callInProcess(import.meta.filename, 'holdTabs', { origin, ms: TABS_MS * scale + 2_000 })
  await sleep(2_000)
  const before = await ownSeconds()
  const beganAt = performance.now()
  await sleep(TABS_MS * scale)
  const cpu = (100 * ((await ownSeconds()) - before)) / ((performance.now() - beganAt) / 1_000)
  await tabs
  const asking = callInProcess<Figures>(import.meta.filename, 'askAll', { origin })
  let busy = 0
  let parts = 0
  let answered: Figures | undefined
  void asking.then((figures) => {
    answered = figures
  })
  do {
    busy += await drain(app, folder, database, jobs)
    parts += 1
  } while (answered === undefined)
  server.closeAllConnections()
  server.close()
  await dashboard.close()
  await app.close()
  return { ...(await asking), alone, busy: busy / parts, cpu }
}

/** Processor time of this process and of the one that answers its queries, in seconds; not that of the tabs. */
async function ownSeconds(): Promise<number> {
  const { user, system } = process.cpuUsage()
  const [queries] = await childrenNamed('queries/process-entry')
  return (user + system) / 1e6 + (queries === undefined ? 0 : await secondsOf([queries]))
}

async function drain(
  app: ReturnType<typeof defineApp>,
  folder: string,
  database: string,
  jobs: number,
): Promise<number> {
  await addPending(folder, jobs, database)
  const tally = Tally.expect(jobs)
  await app.start()
  await tally.done
  await app.stop()
  return perSecond(jobs, tally.lastAt - tally.firstAt)
}

/** Each route in turn, so many times; the worst of their p95, in ms. */
export async function askAll({ origin }: { origin: string }): Promise<Figures> {
  const taken = new Map<string, number[]>()
  for (let call = 0; call < CALLS; call++) {
    for (const route of ROUTES) {
      const beganAt = performance.now()
      const response = await fetch(`${origin}/api/${route}`)
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`${route}: ${response.status}`)
      // The first two times the plans and the caches are made.
      if (call >= 2) taken.set(route, [...(taken.get(route) ?? []), performance.now() - beganAt])
    }
  }
  const p95 = [...taken].map(([route, times]) => ({ route, ms: percentile(times, 0.95) }))
  const worst = p95.toSorted((a, b) => b.ms - a.ms)
  for (const { route, ms } of worst.slice(0, 5)) console.error(`    ${route}: p95 ${ms.toFixed(1)} ms`)
  return { p95: worst[0]?.ms ?? Number.NaN, p50: percentile([...taken.values()].flat(), 0.5) }
}

/** Ten tabs that look at the landing page: a stream each, and what they ask when something has changed. */
export async function holdTabs({ origin, ms }: { origin: string; ms: number }): Promise<void> {
  const stop = AbortSignal.timeout(ms)
  const tab = async () => {
    const response = await fetch(`${origin}/api/events`, { signal: stop })
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (!decoder.decode(chunk, { stream: true }).includes('event: change')) continue
      await (await fetch(`${origin}/api/now`, { signal: stop })).arrayBuffer()
    }
  }
  await Promise.allSettled(Array.from({ length: TABS }, tab))
}
