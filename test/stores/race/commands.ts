import { setImmediate as turn } from 'node:timers/promises'
import { expect } from 'vitest'
import type { JobId } from '../../../src/core/job.ts'
import { retrying } from '../../../src/store/retry.ts'
import type { Settlement, Store } from '../../../src/store/store.ts'
import { type Database, sql, table } from '../../../src/stores/sql/database.ts'
import type { OpenStore } from '../../../src/testing/index.ts'
import {
  claimJobs,
  completed,
  failed,
  ids,
  newJobs,
  newLease,
  released,
  retried,
} from '../../../src/testing/store-suite/jobs.ts'

const JOBS = 400
const ROUNDS = 12
/** Jobs that one command names: more than one transaction takes. */
const NAMED = 250
const COMMANDS = ['cancel', 'retry', 'runNow', 'retry', 'cancel', 'delete'] as const
const ENDS = [completed, failed, failed, retried, released]

/**
 * Two people command the same jobs, many at a time and each in an order of its own, while two workers claim, settle and
 * release them. Nobody is told of an error, and every job is in one place in the end, or deleted and in none.
 */
export async function raceCommands(open: OpenStore): Promise<void> {
  const opened = await open({ clock: Date.now, migrated: true })
  const stores = [opened.store, await opened.another(), await opened.another(), await opened.another()].map((store) =>
    retrying(store),
  ) as [Store, Store, Store, Store]
  const [first, second, third, fourth] = stores
  const batch = [...newJobs(JOBS / 2), ...newJobs(JOBS / 2, { due: { inMs: 3_600_000 } })]
  await first.enqueue(batch)
  const deleted = new Set<JobId>()
  let commanding = true

  const command = async (store: Store) => {
    for (let round = 0; round < ROUNDS; round++) {
      const named = shuffled(ids(batch)).slice(0, NAMED)
      // Few are deleted, or there would be nothing left to command.
      const what = COMMANDS[Math.floor(Math.random() * COMMANDS.length)] as (typeof COMMANDS)[number]
      const some = what === 'delete' ? named.slice(0, 10) : [...named, ...named.slice(0, 5)]
      const results = await store[what](some)
      expect(ids(results)).toEqual(some)
      for (const { id, result } of results) {
        if (what === 'delete' && result === 'done') {
          expect(deleted.has(id), `${id} is deleted once`).toBe(false)
          deleted.add(id)
        }
      }
    }
  }
  const work = async (store: Store) => {
    const lease = await newLease(store)
    const settle = async (ends: readonly (typeof ENDS)[number][]) => {
      const jobs = await claimJobs(store, lease, { limit: 20, start: 5 })
      const settlements: Settlement[] = jobs.map((job) => {
        const end = ends[Math.floor(Math.random() * ends.length)] as (typeof ENDS)[number]
        return end({ lease, job }, Date.now())
      })
      expect(await store.settle(settlements)).toEqual([])
      return jobs.length
    }
    while (commanding) {
      await settle(ENDS)
      // A file answers at once: whoever waits for it to be free has to have a turn, too.
      await turn()
    }
    while ((await settle([completed])) > 0);
  }
  const working = Promise.all([work(third), work(fourth)])
  await Promise.all([command(first), command(second)]).finally(() => {
    commanding = false
  })
  await working

  const { database } = opened.store as unknown as { database: Database }
  const all = async (place: string) => {
    const [row] = await database.all<{ total: number }>({ text: `select count(*) as total from ${place}`, values: [] })
    return Number(row?.total)
  }
  const places = await database.all<{ seq: number; total: number }>(sql`select j.seq,
      (select count(*) from ${table.ready} r where r.seq = j.seq) + (select count(*) from ${table.delayed} d where d.seq = j.seq)
      + (select count(*) from ${table.running} h where h.seq = j.seq)
      + (select count(*) from ${table.attempt} a where a.seq = j.seq and a.status is not null) as total
    from ${table.job} j`)
  expect(places.filter(({ total }) => Number(total) !== 1)).toEqual([])
  expect(places).toHaveLength(JOBS - deleted.size)
  const standing =
    (await all('{ready}')) +
    (await all('{delayed}')) +
    (await all('{running}')) +
    (await all('{attempt} where status is not null'))
  expect(standing).toBe(places.length)
  expect(await all('{running}')).toBe(0)
  for (const store of stores) await store.close()
  await opened.close()
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
