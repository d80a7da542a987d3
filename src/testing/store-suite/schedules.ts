import assert from 'node:assert/strict'
import { whileBusy } from '../../store/retry.ts'
import type { DueSchedule, Firing, ScheduleTerms } from '../../store/schedules.ts'
import type { Store } from '../../store/store.ts'
import type { Cases, Fixture } from './fixture.ts'
import { claimJobs, detail, jobId, newJob, newLease } from './jobs.ts'

export const MINUTE_MS = 60_000

export function terms(overrides: Partial<ScheduleTerms> = {}): ScheduleTerms {
  return {
    name: 'nightly',
    class: 'SampleJob',
    method: 'process',
    args: '[{"data":"ü ✓"}]',
    options: '{"priority":"high"}',
    cron: '0 3 * * *',
    timezone: 'Europe/Berlin',
    missed: 'once',
    overlap: 'allow',
    declared: false,
    ...overrides,
  }
}

/** Stores a schedule whose slot has come, and returns it as it is due. */
export async function dueOne({ store, clock }: Fixture, overrides: Partial<ScheduleTerms> = {}): Promise<DueSchedule> {
  const stored = terms(overrides)
  await store.schedules.set(stored, clock.now())
  const { schedules } = await store.schedules.due(100)
  const found = schedules.find(({ name }) => name === stored.name)
  assert.ok(found, `${stored.name} is not due`)
  return found
}

function firing(of: DueSchedule, overrides: Partial<Firing> = {}): Firing {
  return {
    of,
    slot: of.nextAt,
    jobs: [newJob({ tags: ['schedule:nightly'] })],
    nextAt: of.nextAt + MINUTE_MS,
    ...overrides,
  }
}

export async function names(store: Store, limit = 100): Promise<string[]> {
  return (await store.schedules.due(limit)).schedules.map(({ name }) => name)
}

/** Fires one alone. */
export async function fire(store: Store, of: DueSchedule, overrides: Partial<Firing> = {}) {
  const [stored] = await store.schedules.fire([firing(of, overrides)])
  return stored
}

/** The next slot of a schedule, as it is stored. */
export async function nextOf(store: Store, name = 'nightly'): Promise<number | undefined> {
  return (await store.schedules.get(name))?.nextAt?.getTime()
}

/** Schedules, and who comes first to enqueue the job of a slot. */
export const schedules: Cases = {
  async 'a schedule comes back as it was set'({ store, clock }) {
    const now = clock.now()
    assert.equal(await store.schedules.set(terms(), now + 1_000), 'created')
    const times = { createdAt: new Date(now), updatedAt: new Date(now), nextAt: new Date(now + 1_000), lastAt: null }
    const expected = {
      ...terms(),
      args: [{ data: 'ü ✓' }],
      options: { priority: 'high' },
      paused: false,
      pauseReason: null,
      lastJobId: null,
      ...times,
    }
    assert.deepEqual(await store.schedules.get('nightly'), expected)
    assert.deepEqual(await store.schedules.terms('nightly'), terms())
    assert.equal(await store.schedules.now(), now)
    assert.equal(await store.schedules.get('nightlY'), undefined)
    assert.equal(await store.schedules.terms('none'), undefined)
  },

  async 'a sealed argument is shown to nobody but whoever fires it'({ store }) {
    const args = '[{"$secret":"v1.a.b.c"},1]'
    await store.schedules.set(terms({ args }), 0)
    assert.deepEqual((await store.schedules.get('nightly'))?.args, ['[secret]', 1])
    assert.equal((await store.schedules.terms('nightly'))?.args, args)
  },

  async 'they are listed by name'({ store, clock }) {
    for (const name of ['b', 'ä', 'a', 'B']) await store.schedules.set(terms({ name }), clock.now())
    assert.deepEqual(
      (await store.schedules.list()).map(({ name }) => name),
      ['B', 'a', 'b', 'ä'],
    )
  },

  async 'setting what is there changes nothing; with the same timing it keeps its next slot'({ store, clock }) {
    const at = clock.now() + 1_000
    await store.schedules.set(terms(), at)
    clock.advance(5_000)
    assert.equal(await store.schedules.set(terms(), at + MINUTE_MS), 'unchanged')
    assert.equal(await store.schedules.set(terms({ args: '[]', missed: 'all' }), at + MINUTE_MS), 'changed')
    assert.equal(await nextOf(store), at, 'a slot was forgotten')
    assert.equal((await store.schedules.get('nightly'))?.updatedAt.getTime(), clock.now())
    assert.equal(await store.schedules.set(terms({ timezone: 'UTC' }), at + MINUTE_MS), 'changed')
    assert.equal(await nextOf(store), at + MINUTE_MS)
    assert.equal(await store.schedules.set(terms({ cron: '0 0 30 2 *' }), undefined), 'changed')
    assert.equal((await store.schedules.get('nightly'))?.nextAt, null)
  },

  async 'many that declare the same schedule at once make one'({ store, another }) {
    const stores = [store, await another(), await another(), await another()]
    const answers = await Promise.all(
      stores.flatMap((each) => [each, each]).map((each) => whileBusy(() => each.schedules.set(terms(), 5_000))),
    )
    assert.equal(answers.filter((answer) => answer === 'created').length, 1)
    assert.equal((await store.schedules.list()).length, 1)
  },

  async 'a schedule is due at its slot, the earliest first, and pages go on where they ended'({ store, clock }) {
    const now = clock.now()
    for (const [name, at] of Object.entries({ c: now, a: now, b: now - 1_000, later: now + 700 })) {
      await store.schedules.set(terms({ name }), at)
    }
    await store.schedules.set(terms({ name: 'never' }), undefined)
    const page = await store.schedules.due(100)
    assert.deepEqual(page, { ...page, now, nextInMs: 700 })
    assert.deepEqual(await names(store), ['b', 'a', 'c'])
    const first = await store.schedules.due(2)
    assert.deepEqual(
      first.schedules.map(({ name }) => name),
      ['b', 'a'],
    )
    const second = await store.schedules.due(2, first.schedules.at(-1))
    assert.deepEqual(
      second.schedules.map(({ name }) => name),
      ['c'],
    )
    assert.equal(second.nextInMs, 700)
    clock.advance(700)
    assert.equal((await store.schedules.due(100)).schedules.length, 4)
    assert.equal((await store.schedules.due(100)).nextInMs, undefined)
  },

  async 'firing stores the jobs and goes on to the next slot'(fixture) {
    const { store, clock } = fixture
    const of = await dueOne(fixture)
    assert.deepEqual(of, { ...terms(), nextAt: clock.now(), lastJobId: null, updatedAt: clock.now() })
    clock.advance(3_000)
    const report = newJob({ tags: ['schedule:nightly'], queue: 'reports', due: { at: of.nextAt }, expiresInMs: 60_000 })
    const build = newJob({
      class: 'ReportJob',
      method: 'build',
      priority: 10,
      policy: '{"timeoutMs":5}',
      due: { inMs: 60_000 },
    })
    const jobs = [report, build]
    const stored = await fire(store, of, { jobs })
    assert.deepEqual(
      stored,
      jobs.map(({ id }) => ({ id, status: 'created' })),
    )
    const [first, second] = [await detail(store, report.id), await detail(store, build.id)]
    assert.deepEqual([first.queue, first.runAt.getTime(), first.tags], ['reports', of.nextAt, ['schedule:nightly']])
    assert.deepEqual(
      [second.class, second.method, second.reason, second.priority],
      ['ReportJob', 'build', 'delayed', 10],
    )
    const after = await store.schedules.get('nightly')
    assert.deepEqual([after?.nextAt, after?.lastAt], [new Date(of.nextAt + MINUTE_MS), new Date(of.nextAt)])
    assert.equal(after?.lastJobId, build.id)
    assert.deepEqual(await names(store), [])
    assert.equal((await claimJobs(store, await newLease(store)))[0]?.id, report.id)
  },

  async 'a slot can come to no job, and a schedule to its end'(fixture) {
    const { store } = fixture
    const of = await dueOne(fixture)
    assert.deepEqual(await fire(store, of, { jobs: [], slot: undefined, nextAt: undefined }), [])
    const after = await store.schedules.get('nightly')
    assert.deepEqual([after?.nextAt, after?.lastAt, after?.lastJobId], [null, null, null])
    assert.equal(await store.count({}), 0)
  },

  async 'of many that fire one slot at once, one does'(fixture) {
    const { store, another } = fixture
    const of = await dueOne(fixture)
    const stores = [store, await another(), await another(), await another()]
    const answers = await Promise.all(
      stores.flatMap((each) => [each, each]).map((each) => whileBusy(() => fire(each, of))),
    )
    assert.equal(answers.filter((answer) => answer !== undefined).length, 1)
    assert.equal(await store.count({}), 1)
  },

  async 'many are fired at once, and each is told of by itself'(fixture) {
    const { store, clock } = fixture
    const [first, second, third] = ['a', 'b', 'c'].map((name) => terms({ name })) as ScheduleTerms[]
    for (const each of [first, second, third] as ScheduleTerms[]) await store.schedules.set(each, clock.now())
    const due = (await store.schedules.due(100)).schedules
    await store.schedules.remove('b')
    const firings = due.map((of, n) => firing(of, { jobs: [newJob(), newJob()].slice(0, n === 2 ? 1 : 2) }))
    const stored = await store.schedules.fire(firings)
    const ids = (n: number) => firings[n]?.jobs.map(({ id }) => ({ id, status: 'created' }))
    assert.deepEqual(stored, [ids(0), undefined, ids(2)])
    assert.equal(await store.count({}), 3)
    assert.deepEqual(await store.schedules.fire([]), [])
  },

  async 'a job that cannot be stored leaves the slot as it was'(fixture) {
    const { store } = fixture
    const of = await dueOne(fixture)
    const broken = newJob({ queue: null as unknown as string })
    await assert.rejects(async () => await fire(store, of, { jobs: [newJob(), broken] }))
    assert.equal(await nextOf(store), of.nextAt)
    assert.equal(await store.count({}), 0)
    assert.equal((await fire(store, of))?.length, 1)
  },

  async 'what was changed, paused or removed meanwhile is not fired'(fixture) {
    const { store, clock } = fixture
    for (const change of [
      () => store.schedules.set(terms({ args: '[2]' }), clock.now()),
      () => store.schedules.setPaused('nightly', true, {}),
      () => store.schedules.remove('nightly'),
    ]) {
      await store.schedules.remove('nightly')
      const of = await dueOne(fixture)
      clock.advance(1)
      await change()
      assert.equal(await fire(store, of), undefined)
    }
    assert.equal(await store.count({}), 0)
  },

  async 'a paused schedule is not due, and goes on from where it is told'({ store, clock }) {
    await store.schedules.set(terms(), clock.now())
    assert.equal(await store.schedules.setPaused('nightly', true, { reason: 'the printer is broken' }), true)
    const paused = await store.schedules.get('nightly')
    assert.deepEqual([paused?.paused, paused?.pauseReason], [true, 'the printer is broken'])
    assert.deepEqual(await names(store), [])
    await store.schedules.set(terms({ args: '[]' }), clock.now())
    assert.equal((await store.schedules.get('nightly'))?.paused, true, 'a new version of the app resumed it')
    assert.equal(await store.schedules.setPaused('nightly', false, { nextAt: clock.now() + 10 }), true)
    const resumed = await store.schedules.get('nightly')
    assert.deepEqual([resumed?.paused, resumed?.pauseReason], [false, null])
    assert.equal(resumed?.nextAt?.getTime(), clock.now() + 10)
    assert.equal(await store.schedules.setPaused('none', true, {}), false)
  },

  async 'a schedule that is removed is gone'({ store, clock }) {
    await store.schedules.set(terms(), clock.now())
    assert.equal(await store.schedules.remove('nightly'), true)
    assert.equal(await store.schedules.remove('nightly'), false)
    assert.deepEqual(await store.schedules.list(), [])
  },

  async 'a job whose id is there already is a duplicate, and the slot is done'(fixture) {
    const { store } = fixture
    const of = await dueOne(fixture)
    const known = newJob({ id: jobId(7) })
    await store.enqueue([known])
    assert.deepEqual(await fire(store, of, { jobs: [known] }), [{ id: known.id, status: 'duplicate' }])
    assert.deepEqual(await names(store), [])
  },
}
