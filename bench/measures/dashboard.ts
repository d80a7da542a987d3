import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../dist/stores/open.js'
import { databaseIn, defineApp } from '../app/app.ts'
import { fillHistory } from '../app/history.ts'
import { callInProcess } from '../call.ts'
import { costWhile, querySeconds } from '../dashboard/cost.ts'
import { type Drained, Drains } from '../dashboard/drains.ts'
import type { Answered, Example } from '../dashboard/routes.ts'
import { type Place, Served } from '../dashboard/served.ts'
import { TABS } from '../dashboard/tabs.ts'
import { type Context, type Figures, type Measure, median, percentile, scaled } from '../measure.ts'
import { lookOver, onServers } from '../servers.ts'

export default {
  title: 'The dashboard on 1,000,000 finished and 100,000 pending jobs, while a worker drains',
  sides: ['sqlite', 'postgres'],
  postgres: true,
} satisfies Measure

/** As many as are pending beside them: what is stored to be drained is pending too. */
const JOBS = 100_000
/** What is drained. The worker looks at no other queue: what the history left pending is to stay so. */
const QUEUE = 'drained'
/** Drains that are compared: each alone, and with ten tabs open. */
const PAIRS = 5
/** So many that each route is asked over twenty times while jobs are drained: a percentile of ten is their worst. */
const ROUNDS = 60
/** Ten questions a second: as many as ten tabs ask when everything changes all the time. */
const EVERY_MS = 100
const CLOSED_ROUNDS = 8
const VISITS = 5
const QUIET_MS = 10_000
const BUSY_MS = 25_000
/** What tabs ask when they are opened, and once more with the first look for changes, is not what they cost while they are. */
const SETTLING_MS = 15_000

export async function sqlite({ folder, scale }: Context): Promise<Figures> {
  return await measure(folder, databaseIn(folder), scale)
}

export async function postgres({ folder, scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres: database }) => await measure(folder, database, scale))
}

async function measure(folder: string, database: string, scale: number): Promise<Figures> {
  // In other processes, all of it: this one is as a worker's is, and its event loop is nobody else's.
  await callInProcess(import.meta.filename, 'fillDatabase', { database, scale })
  const app = defineApp({ folder, database, logs: true, queue: QUEUE })
  const served = new Served(app)
  const asked = await open(served, database)
  const drains = new Drains({ app, folder, database, jobs: scaled(JOBS, scale), queue: QUEUE })

  const idle = await withTabs(served, asked, async () => {
    await sleep(SETTLING_MS)
    return await costWhile(database, () => sleep(QUIET_MS))
  })
  // For longer than a drain: how often pages look again goes by what it costs, and is seconds by now.
  const busy = await withTabs(served, asked, async () => {
    await sleep(SETTLING_MS)
    const before = { seconds: await querySeconds(database), at: performance.now() }
    await drains.while(sleep(BUSY_MS))
    const used = (await querySeconds(database)) - before.seconds
    return (100_000 * used) / (performance.now() - before.at)
  })
  const compared = await compare(drains, (drain) => withTabs(served, asked, drain))
  const beside = async (file: string, name: string, options: Record<string, number>) =>
    await drains.while(callInProcess<Answered[]>(inFolder(file), name, { ...asked, ...options }))
  const paced = await beside('routes', 'ask', { rounds: ROUNDS, everyMs: EVERY_MS })
  const pages = await beside('pages', 'paint', { visits: VISITS })
  const closed = await beside('routes', 'ask', { rounds: CLOSED_ROUNDS, everyMs: 0 })
  served.close()
  await app.close()

  const kept = (drained: readonly Drained[]) => (100 * median(drained.map(({ rate }) => rate))) / compared.alone
  return {
    p95: slowest('p95', paced, 0.95),
    p50: percentile(
      paced.result.map(({ ms }) => ms),
      0.5,
    ),
    page: slowest('painted', pages, 0.5),
    longest: Math.max(...whileDraining(pages).map(({ ms }) => ms)),
    idle,
    busy,
    ...compared,
    pacedKept: kept(paced.drains),
    closedKept: kept(closed.drains),
    closedP95: slowest('closed loop, p95', closed, 0.95),
  }
}

export async function fillDatabase({ database, scale }: { database: string; scale: number }): Promise<void> {
  const store = await openStore(database)
  await store.migrate()
  await fillHistory(store, scale)
  await store.close()
  if (!database.startsWith('sqlite:')) await lookOver(database)
}

interface Asked {
  place: Place
  example: Example
}

async function open(served: Served, database: string): Promise<Asked> {
  const store = await openStore(database)
  const place = await served.open(store)
  const [cause] = await store.causes({ since: 0, slices: 1, limit: 1 })
  await store.close()
  if (cause === undefined) throw new Error('no job has failed: there is nothing to look at')
  return { place, example: { job: cause.latest.id, cause: cause.fingerprint } }
}

function inFolder(file: string): string {
  return join(import.meta.dirname, `../dashboard/${file}.ts`)
}

async function withTabs<Result>(served: Served, asked: Asked, use: () => Promise<Result>): Promise<Result> {
  const stop = new AbortController()
  const { signal } = stop
  const all = served.streams + TABS
  const tabs = callInProcess(inFolder('tabs'), 'holdTabs', asked, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  try {
    while (served.streams < all) await Promise.race([sleep(20), tabs])
    return await use()
  } finally {
    stop.abort()
    await tabs
  }
}

/** Drains alone and with tabs open, in turns. */
async function compare(
  drains: Drains,
  beside: (drain: () => Promise<Drained>) => Promise<Drained>,
): Promise<Figures & { alone: number }> {
  const pairs: { alone: Drained; watched: Drained }[] = []
  for (let pair = 0; pair < PAIRS; pair++) {
    // Every other time backwards: the database has grown by the second.
    if (pair % 2 === 0) pairs.push({ alone: await drains.one(), watched: await beside(() => drains.one()) })
    else {
      const watched = await beside(() => drains.one())
      pairs.push({ alone: await drains.one(), watched })
    }
  }
  const middle = (read: (pair: (typeof pairs)[number]) => number) => median(pairs.map(read))
  return {
    alone: middle(({ alone }) => alone.rate),
    watched: middle(({ watched }) => watched.rate),
    kept: middle(({ alone, watched }) => (100 * watched.rate) / alone.rate),
    perJob: middle(({ alone, watched }) => (100 * watched.perJob) / alone.perJob),
  }
}

interface Beside {
  drains: readonly Drained[]
  result: readonly Answered[]
}

/** What was asked while the worker drained, not while the next jobs were stored; all, where a drain was too short. */
function whileDraining({ drains, result }: Beside): readonly Answered[] {
  const within = result.filter(({ at }) => drains.some(({ from, to }) => at >= from && at < to))
  const known = new Set(within.map(({ what }) => what))
  return [...within, ...result.filter(({ what }) => !known.has(what))]
}

/** The worst of all that was asked, by a percentile of each. */
function slowest(title: string, beside: Beside, share: number): number {
  const each = [...Map.groupBy(whileDraining(beside), ({ what }) => what)].map(([what, answers]) => ({
    what,
    ms: percentile(
      answers.map(({ ms }) => ms),
      share,
    ),
  }))
  const worst = each.toSorted((a, b) => b.ms - a.ms)
  for (const { what, ms } of worst.slice(0, 5)) console.error(`    ${title}, ${what}: ${ms.toFixed(1)} ms`)
  return worst[0]?.ms ?? Number.NaN
}
