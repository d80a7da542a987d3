import { DatabaseSync } from 'node:sqlite'
import { defineApp } from '../app/app.ts'
import { Noop } from '../app/jobs.ts'
import { type Context, type Figures, type Measure, perSecond, scaled } from '../measure.ts'
import { openPlainjob } from '../peers/plainjob.ts'

export default {
  title: 'Enqueue: one awaited after the other, 32 at a time, 1,000 in a call',
  sides: ['offstage', 'plainjob', 'floor'],
} satisfies Measure

const SINGLE = 30_000
const CONCURRENT = 60_000
const BULK = 200_000
const AT_A_TIME = 32
const CALL = 1_000

interface Ways {
  one: () => unknown
  many: (count: number) => unknown
}

export async function offstage({ folder, scale }: Context): Promise<Figures> {
  const app = defineApp({ folder })
  const call = Array.from({ length: CALL }, () => [Noop, 'run'] as const)
  const figures = await measure(scale, {
    one: () => app.runBackgroundJob(Noop, 'run'),
    many: (count) => app.runBackgroundJobs(call.slice(0, count)),
  })
  await app.close()
  return figures
}

export async function plainjob({ folder, scale }: Context): Promise<Figures> {
  const queue = openPlainjob(folder)
  const call = Array.from({ length: CALL }, () => ({}))
  const figures = await measure(scale, {
    one: () => queue.add('noop', {}),
    many: (count) => queue.addMany('noop', call.slice(0, count)),
  })
  queue.close()
  return figures
}

/** One table without an index: a transaction a row, and one statement over `json_each` for each 1,000 rows. */
export async function floor({ folder, scale }: Context): Promise<Figures> {
  const database = new DatabaseSync(`${folder}/floor.db`)
  database.exec('pragma journal_mode = wal; pragma synchronous = normal')
  database.exec('create table job (id integer primary key, status integer not null, data text not null)')
  const insert = database.prepare('insert into job (status, data) values (0, ?)')
  const insertMany = database.prepare('insert into job (status, data) select 0, value from json_each(?)')
  const call = Array.from({ length: CALL }, () => '[]')
  const figures = await measure(scale, {
    one: () => insert.run('[]'),
    many: (count) => insertMany.run(JSON.stringify(call.slice(0, count))),
  })
  database.close()
  return figures
}

/** Each way once before it is measured, so that all are measured warm. */
async function measure(scale: number, { one, many }: Ways): Promise<Figures> {
  const rate = async (count: number, run: (count: number) => Promise<void>) => {
    await run(scaled(count, 0.05))
    const beganAt = performance.now()
    await run(count)
    return perSecond(count, performance.now() - beganAt)
  }
  return {
    single: await rate(scaled(SINGLE, scale), async (count) => {
      for (let i = 0; i < count; i++) await one()
    }),
    concurrent: await rate(scaled(CONCURRENT, scale), async (count) => {
      let begun = 0
      const caller = async () => {
        while (begun++ < count) await one()
      }
      await Promise.all(Array.from({ length: AT_A_TIME }, caller))
    }),
    bulk: await rate(scaled(BULK, scale), async (count) => {
      for (let left = count; left > 0; left -= CALL) await many(Math.min(left, CALL))
    }),
  }
}
