import { drainInline } from '../app/drain.ts'
import { fill } from '../app/fill.ts'
import { drainPostgresFloor } from '../floor/postgres.ts'
import { type Context, type Figures, type Measure, perSecond, scaled } from '../measure.ts'
import { openBullmqOnPostgres, openBullmqOnRedis } from '../peers/server/bullmq.ts'
import { openGraphile, openTunedGraphile } from '../peers/server/graphile.ts'
import type { OpenPeer, Peer } from '../peers/server/peer.ts'
import { openPgBoss } from '../peers/server/pg-boss.ts'
import { openSidequest } from '../peers/server/sidequest.ts'
import { lookOver, onServers } from '../servers.ts'

export default {
  title: 'Drain of no-op jobs by one worker on PostgreSQL (BullMQ: on Redis and on PostgreSQL)',
  sides: ['offstage', 'tuned', 'graphile', 'pgBoss', 'bullmqRedis', 'bullmqPostgres', 'sidequest', 'floor'],
  postgres: true,
} satisfies Measure

/** So many that the drain lasts for seconds, of which code that is still cold is a small part. */
const JOBS = 400_000
const CALL = 1_000

export async function offstage({ folder, scale }: Context): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  return await onServers(async ({ postgres: database }) => {
    await fill(folder, jobs, database)
    await lookOver(database)
    return { rate: await drainInline({ folder, database }, jobs) }
  })
}

export const tuned = side(openTunedGraphile, JOBS)
export const graphile = side(openGraphile, JOBS / 40)
export const pgBoss = side(openPgBoss, JOBS / 4)
export const bullmqRedis = side(openBullmqOnRedis, JOBS / 8)
export const bullmqPostgres = side(openBullmqOnPostgres, JOBS / 40)
export const sidequest = side(openSidequest, JOBS / 400, async (peer, jobs) => {
  for (let i = 0; i < jobs; i += 10) await Promise.all(Array.from({ length: 10 }, () => peer.one({})))
})

export async function floor({ scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres }) => ({
    rate: await drainPostgresFloor(postgres, scaled(JOBS, scale)),
  }))
}

/** As many jobs as take the peer some seconds. */
function side(open: OpenPeer, size: number, fillPeer = fillByCalls): (context: Context) => Promise<Figures> {
  return async ({ scale }) =>
    await onServers(async (servers) => {
      const jobs = scaled(size, scale)
      const peer = await open(servers)
      await fillPeer(peer, jobs)
      await lookOver(servers.postgres)
      const rate = await drain(peer, jobs)
      await peer.close()
      return { rate }
    })
}

async function fillByCalls(peer: Peer, jobs: number): Promise<void> {
  for (let left = jobs; left > 0; left -= CALL) await peer.many(Math.min(left, CALL))
}

/** From the first job's start until the worker has stopped, with all that it had to write. */
async function drain(peer: Peer, jobs: number): Promise<number> {
  let done = 0
  let firstAt = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const worker = await peer.work(async () => {
    done += 1
    if (done === 1) firstAt = performance.now()
    if (done === jobs) resolve()
  })
  await promise
  await worker.stop()
  return perSecond(jobs, performance.now() - firstAt)
}
