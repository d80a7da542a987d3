import { setTimeout as sleep } from 'node:timers/promises'
import { defineApp } from '../app/app.ts'
import { Stamp } from '../app/jobs.ts'
import { Tally } from '../app/tally.ts'
import { callInProcess } from '../call.ts'
import { type Context, type Figures, type Measure, percentile, scaled } from '../measure.ts'
import { openBullmqOnPostgres, openBullmqOnRedis } from '../peers/server/bullmq.ts'
import { openGraphile } from '../peers/server/graphile.ts'
import type { OpenPeer } from '../peers/server/peer.ts'
import { connectionsOf, onServers, serverSeconds } from '../servers.ts'

export default {
  title: 'From the enqueue to the first line of the job, an idle worker on PostgreSQL; what idling costs the server',
  sides: ['here', 'elsewhere', 'graphile', 'bullmqRedis', 'bullmqPostgres', 'idle'],
  postgres: true,
} satisfies Measure

const JOBS = 500
const IDLE_MS = 10_000

export async function here({ folder, scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres: database }) => {
    const app = defineApp({ folder, database })
    const jobs = scaled(JOBS, scale)
    const tally = Tally.expect(jobs)
    await app.start()
    await paced(jobs, () => app.runBackgroundJob(Stamp, 'run', [now()]))
    await tally.done
    await app.close()
    return latencies(tally.latencies)
  })
}

export async function elsewhere({ folder, scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres: database }) => {
    const app = defineApp({ folder, database })
    const jobs = scaled(JOBS, scale)
    const tally = Tally.expect(jobs)
    await app.start()
    await callInProcess(import.meta.filename, 'enqueueFromHere', { folder, database, jobs })
    await tally.done
    await app.close()
    return latencies(tally.latencies)
  })
}

export async function enqueueFromHere(given: { folder: string; database: string; jobs: number }): Promise<void> {
  const app = defineApp(given)
  await paced(given.jobs, () => app.runBackgroundJob(Stamp, 'run', [now()]))
  await app.close()
}

export const graphile = side(openGraphile)
export const bullmqRedis = side(openBullmqOnRedis)
export const bullmqPostgres = side(openBullmqOnPostgres)

/** Enqueued by the worker's own process. */
function side(open: OpenPeer): (context: Context) => Promise<Figures> {
  return async ({ scale }) =>
    await onServers(async (servers) => {
      const jobs = scaled(JOBS, scale)
      const seen: number[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const peer = await open(servers)
      const worker = await peer.work(async (data) => {
        seen.push(Number(process.hrtime.bigint() - BigInt((data as { at: string }).at)) / 1e6)
        if (seen.length === jobs) resolve()
      })
      await paced(jobs, () => peer.one({ at: now() }))
      await promise
      await worker.stop()
      await peer.close()
      return latencies(seen)
    })
}

/** The share of one core that one idle worker costs the server, in per cent, and the connections that it holds. */
export async function idle({ folder, scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres: database }) => {
    const app = defineApp({ folder, database })
    await app.start()
    await sleep(1_000)
    const before = await serverSeconds(database)
    const beganAt = performance.now()
    await sleep(IDLE_MS * scale)
    const used = (await serverSeconds(database)) - before
    const seconds = (performance.now() - beganAt) / 1000
    const connections = await connectionsOf(database)
    await app.close()
    return { cpu: (100 * used) / seconds, connections }
  })
}

function now(): string {
  return String(process.hrtime.bigint())
}

/** Long enough apart for the worker to be idle again, and in step with none of its timers. */
async function paced(jobs: number, enqueue: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < jobs; i++) {
    await sleep(5 + Math.random() * 20)
    await enqueue()
  }
}

/** The first tenth warms up. */
function latencies(all: readonly number[]): Figures {
  const warm = all.slice(Math.floor(all.length / 10))
  return { p50: percentile(warm, 0.5), p99: percentile(warm, 0.99) }
}
