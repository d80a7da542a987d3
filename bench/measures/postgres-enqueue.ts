import { type AppOptions, defineApp } from '../app/app.ts'
import { Noop } from '../app/jobs.ts'
import { bulkPostgresFloor, enqueuePostgresFloor } from '../floor/postgres.ts'
import { type Context, type Figures, type Measure, perSecond, scaled } from '../measure.ts'
import { openBullmqOnPostgres, openBullmqOnRedis } from '../peers/server/bullmq.ts'
import { openGraphile } from '../peers/server/graphile.ts'
import type { OpenPeer } from '../peers/server/peer.ts'
import { openPgBoss } from '../peers/server/pg-boss.ts'
import { openSidequest } from '../peers/server/sidequest.ts'
import { onDurableRedis } from '../redis.ts'
import { onServers } from '../servers.ts'

export default {
  title: 'Enqueue on PostgreSQL: one awaited after the other, 32 at a time, 1,000 in a call (BullMQ: also on Redis)',
  sides: ['offstage', 'graphile', 'pgBoss', 'bullmqRedis', 'bullmqDurable', 'bullmqPostgres', 'sidequest', 'floor'],
  postgres: true,
} satisfies Measure

const AT_A_TIME = 32
const CALL = 1_000

interface Sizes {
  single: number
  concurrent: number
  /** 0 where there is no such call. */
  bulk: number
}

interface Ways {
  one: () => Promise<unknown>
  many: (count: number) => Promise<unknown>
}

export async function offstage({ folder, scale }: Context): Promise<Figures> {
  const sizes = { single: 5_000, concurrent: 200_000, bulk: 300_000 }
  return await onServers(({ postgres: database }) => enqueueWays({ folder, database }, scale, sizes))
}

/** Offstage's three ways, on any database. */
export async function enqueueWays(options: AppOptions, scale: number, sizes: Sizes): Promise<Figures> {
  const app = defineApp(options)
  const call = Array.from({ length: CALL }, () => [Noop, 'run'] as const)
  const ways = {
    one: () => app.runBackgroundJob(Noop, 'run'),
    many: (count: number) => app.runBackgroundJobs(call.slice(0, count)),
  }
  const figures = await measure(scale, ways, sizes)
  await app.close()
  return figures
}

export const graphile = side(openGraphile, { single: 2_000, concurrent: 6_000, bulk: 100_000 })
export const pgBoss = side(openPgBoss, { single: 2_000, concurrent: 6_000, bulk: 100_000 })
export const bullmqRedis = side(openBullmqOnRedis, { single: 10_000, concurrent: 60_000, bulk: 60_000 })
export const bullmqDurable = async (context: Context): Promise<Figures> =>
  await onDurableRedis(context.folder, (redis) => {
    const open: OpenPeer = (servers) => openBullmqOnRedis({ ...servers, redis })
    return side(open, { single: 3_000, concurrent: 60_000, bulk: 60_000 })(context)
  })
export const bullmqPostgres = side(openBullmqOnPostgres, { single: 2_000, concurrent: 6_000, bulk: 60_000 })
export const sidequest = side(openSidequest, { single: 1_000, concurrent: 2_000, bulk: 0 })

export async function floor({ scale }: Context): Promise<Figures> {
  return await onServers(async ({ postgres }) => ({
    single: await enqueuePostgresFloor(postgres, scaled(5_000, scale), 1),
    concurrent: await enqueuePostgresFloor(postgres, scaled(200_000, scale), AT_A_TIME),
    bulk: await bulkPostgresFloor(postgres, scaled(300_000, scale), CALL),
  }))
}

function side(open: OpenPeer, sizes: Sizes): (context: Context) => Promise<Figures> {
  return async ({ scale }) =>
    await onServers(async (servers) => {
      const peer = await open(servers)
      const figures = await measure(scale, { one: () => peer.one({}), many: (count) => peer.many(count) }, sizes)
      await peer.close()
      return figures
    })
}

/** Each way once before it is measured, so that all are measured warm. */
async function measure(scale: number, { one, many }: Ways, sizes: Sizes): Promise<Figures> {
  const rate = async (size: number, run: (count: number) => Promise<void>) => {
    if (size === 0) return Number.NaN
    const count = scaled(size, scale)
    await run(scaled(count, 0.05))
    const beganAt = performance.now()
    await run(count)
    return perSecond(count, performance.now() - beganAt)
  }
  return {
    single: await rate(sizes.single, async (count) => {
      for (let i = 0; i < count; i++) await one()
    }),
    concurrent: await rate(sizes.concurrent, async (count) => {
      let begun = 0
      const caller = async () => {
        while (begun++ < count) await one()
      }
      await Promise.all(Array.from({ length: AT_A_TIME }, caller))
    }),
    bulk: await rate(sizes.bulk, async (count) => {
      for (let left = count; left > 0; left -= CALL) await many(Math.min(left, CALL))
    }),
  }
}
