import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'
import { withMysql } from '../support/mysql.ts'
import { withPostgres } from '../support/postgres.ts'
import { InlineJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'
import { everyJob, type Kind, makePlace, type Place } from './places.ts'

vi.setConfig({ testTimeout: 180_000 })

const KILLS = 5
const EACH = ['* * * * * *', 'InlineJobs', 'note', ['notes']] as const
const NIGHTLY = ['0 3 * * *', 'InlineJobs', 'note', ['notes']] as const

async function move(app: App, to: string, ...flags: string[]) {
  const { code, lines, stderr } = await app.command(['move', '--to', to, '--json', ...flags]).ended
  return { code, stderr, report: lines.length === 0 ? undefined : JSON.parse(lines.join('')) }
}

/** The slots of the schedule `each` that have a job in a database, in their order. */
async function slots({ store }: Pick<Place, 'store'>): Promise<number[]> {
  const jobs = [...(await everyJob(store)).values()].filter(({ tags }) => tags.includes('schedule:each'))
  return jobs.map(({ runAt }) => runAt.getTime()).sort((a, b) => a - b)
}

/** Each second has one job, in one of the two. */
async function expectEachOnce(old: Place, next: Place): Promise<void> {
  const all = [...(await slots(old)), ...(await slots(next))].sort((a, b) => a - b)
  expect(all).toEqual(all.map((_, i) => (all[0] as number) + i * 1_000))
}

/** Until so many slots have come to a job since. */
async function more(place: Place, count: number): Promise<void> {
  const before = (await slots(place)).length
  await until(`${count} more slots`, async () => (await slots(place)).length >= before + count)
}

test('they fire in the target from then on, and in the source no more', async () => {
  await using old = await makePlace('SQLite')
  await using next = await makePlace('SQLite')
  const config = { schedules: { each: EACH } }
  await using source = makeApp({ database: old.url, config })
  await using target = makeApp({ database: next.url, config })
  const worker = await source.worker()
  await more(old, 2)
  expect(await move(source, next.url, '--dry-run')).toMatchObject({ code: 0, report: { schedules: 1 } })
  expect(await move(source, next.url)).toMatchObject({ code: 0, report: { complete: true, schedules: 1 } })
  expect(await old.store.schedules.list()).toEqual([])
  const here = await slots(old)
  const newWorker = await target.worker()
  // What came meanwhile is made up for: nobody was there for less than a minute.
  await more(next, 3)
  expect(await slots(old)).toEqual(here)
  await expectEachOnce(old, next)
  expect((await worker.stop()).code).toBe(0)
  expect((await newWorker.stop()).code).toBe(0)
})

test('they go on as they were, once: what is done to them there is not undone by the next move', async () => {
  await using old = await makePlace('SQLite')
  await using next = await makePlace('SQLite')
  const config = { schedules: { nightly: NIGHTLY } }
  await using source = makeApp({ database: old.url, config })
  await using target = makeApp({ database: next.url, config })
  expect((await source.command(['work', '--drain']).ended).code).toBe(0)
  await source.offstage.schedules.set('own', '@yearly', InlineJobs, 'note', ['notes'])
  await source.offstage.schedules.pause('nightly', { reason: 'the printer is broken' })
  const before = await source.offstage.schedules.list()
  // A worker that has its config has been there already.
  expect((await target.command(['work', '--drain']).ended).code).toBe(0)
  const plan = await source.command(['move', '--to', next.url, '--dry-run']).ended
  expect(plan.lines).toEqual([`this would move 0 jobs and 2 schedules to ${next.url}`])
  const { code, lines } = await source.command(['move', '--to', next.url]).ended
  expect({ code, second: lines[1] }).toEqual({ code: 0, second: '  2 schedules go on there' })
  const { schedules } = target.offstage
  expect((await schedules.list()).map(({ updatedAt: _, ...rest }) => rest)).toEqual(
    before.map(({ updatedAt: _, ...rest }) => rest),
  )
  await schedules.resume('nightly')
  await schedules.remove('own')
  expect(await move(source, next.url)).toMatchObject({ code: 0, report: { schedules: 0 } })
  expect(await schedules.list()).toMatchObject([{ name: 'nightly', paused: false }])

  // And back.
  await schedules.pause('nightly', { reason: 'of the target' })
  const back = await source.command(['move', '--database', next.url, '--to', old.url, '--json']).ended
  expect(JSON.parse(back.lines.join(''))).toMatchObject({ complete: true, schedules: 1 })
  expect(await source.offstage.schedules.list()).toMatchObject([{ name: 'nightly', pauseReason: 'of the target' }])
})

async function movedWhileKilled(from: Kind, to: Kind): Promise<void> {
  await using old = await makePlace(from)
  await using next = await makePlace(to)
  await using source = makeApp({ database: old.url })
  await using target = makeApp({ database: next.url })
  await source.offstage.schedules.set('each', EACH[0], InlineJobs, 'note', ['notes'])
  const many = Array.from({ length: 1_000 }, () => [InlineJobs, 'note', ['others'], { delay: '1h' }] as const)
  for (let n = 0; n < 3; n++) await source.offstage.runBackgroundJobs(many)
  const [worker, newWorker] = [await source.worker(), await target.worker()]
  await more(old, 2)
  for (let kill = 0; kill < KILLS; kill++) {
    const mover = source.command(['move', '--to', next.url, '--json'])
    // The first as soon as it has begun, the others whenever it may be.
    if (kill === 0) await until('it departs', async () => (await old.store.moving.departure()) !== undefined)
    else await sleep(Math.random() * 500)
    await mover.stop('SIGKILL')
  }
  expect(await move(source, next.url)).toMatchObject({ code: 0, report: { complete: true } })
  expect(await old.store.schedules.list()).toEqual([])
  await more(next, 3)
  expect((await worker.stop()).code).toBe(0)
  expect((await newWorker.stop()).code).toBe(0)
  await expectEachOnce(old, next)
}

const title = 'a move that is killed and repeated loses no slot and doubles none'

test(`from SQLite to SQLite, ${title}`, async () => await movedWhileKilled('SQLite', 'SQLite'))

await withPostgres(() =>
  withMysql(() => {
    test.each([
      ['SQLite', 'PostgreSQL'],
      ['PostgreSQL', 'MariaDB'],
      ['MariaDB', 'SQLite'],
    ] as const)(`from %s to %s, ${title}`, movedWhileKilled)
  }),
)
