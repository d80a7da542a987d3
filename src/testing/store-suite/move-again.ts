import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import { claimJobs, completed, detail, finishedJob, newJob, newJobs, newLease } from './jobs.ts'
import { begin, moveAll, targetOf } from './move.ts'

/** An embedded store answers at once: whoever waits for a timer has to get a turn. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

const hasCode = (code: string) => (error: { code?: string }) => error.code === code

/** Moves that were ended in the middle, begun twice, or that meet what is there already. */
export const moveAgain: Cases = {
  async 'a batch is stored once, however often it is handed over'(fixture) {
    const { store } = fixture
    const target = await targetOf(fixture)
    await store.enqueue(newJobs(5))
    const from = await begin(store, target)
    const keys = await store.moving.takePending('mover', 3)
    const batch = await store.moving.read(keys)
    const first = await target.moving.receive(from, batch, keys)
    assert.deepEqual([first.pending, first.finished, first.duplicates, first.keys], [3, 0, 0, keys])
    assert.deepEqual(await target.moving.receive(from, batch, keys), first)
    // Even when what had arrived is gone by then: it has run, and was cleared away.
    await target.clear(100)
    assert.deepEqual(await target.moving.receive(from, batch, keys), first)
    assert.equal(await target.count({}), 0)
    assert.deepEqual((await target.moving.received(from)).keys, keys)
    await store.moving.letGo('mover', keys)
    await store.moving.letGo('mover', keys)
    assert.equal(await store.count({}), 2)
  },

  async 'a job that is there already stays there as it is, and is counted'(fixture) {
    const { store } = fixture
    const target = await targetOf(fixture)
    const [same, other] = [newJob({ args: '["here"]' }), newJob()]
    await store.enqueue([same, other])
    await target.enqueue([{ ...same, args: '["there"]', priority: 5 }])
    await moveAll(store, target)
    const { pending, duplicates } = await target.moving.received(await store.moving.databaseId())
    assert.deepEqual([pending, duplicates], [1, 1])
    assert.deepEqual((await detail(target, same.id)).args, ['there'])
    assert.equal(await store.count({}), 0)
    assert.equal((await claimJobs(target, await newLease(target))).length, 2)
  },

  async 'a mover that another has followed is refused from then on'(fixture) {
    const { store } = fixture
    const target = await targetOf(fixture)
    await finishedJob(fixture, 'completed')
    await store.enqueue(newJobs(3))
    await begin(store, target, 'first')
    const keys = await store.moving.takePending('first', 2)
    await begin(store, target, 'second')
    const refused = hasCode('MOVE_TAKEN_OVER')
    await assert.rejects(store.moving.takePending('first', 1), refused)
    await assert.rejects(store.moving.takeFinished('first', 1), refused)
    await assert.rejects(store.moving.letGo('first', keys), refused)
    await assert.rejects(store.moving.departed('first'), refused)
    assert.deepEqual((await store.moving.underWay(10)).toSorted(), keys.toSorted())
    assert.equal((await store.moving.takePending('second', 10)).length, 1)
  },

  async 'what is under way to one database goes to no other'(fixture) {
    const { store } = fixture
    const [target, other] = [await targetOf(fixture), await targetOf(fixture)]
    await store.enqueue(newJobs(2))
    await begin(store, target)
    await store.moving.takePending('mover', 1)
    const refused = hasCode('MOVE_ELSEWHERE')
    await assert.rejects(begin(store, other), refused)
    // Nor may anything come to it meanwhile from anywhere.
    await assert.rejects(store.moving.welcome(), refused)
    await store.moving.letGo('mover', await store.moving.underWay(10))
    await begin(store, other)
  },

  async 'it is written down where a database was moved to, until jobs come to it again'(fixture) {
    const { store, clock } = fixture
    const target = await targetOf(fixture)
    assert.equal(await store.moving.departure(), undefined)
    const since = new Date(clock.now())
    const targetId = await target.moving.databaseId()
    const written = await store.moving.depart({ to: 'elsewhere', targetId }, 'mover')
    assert.deepEqual(written, { to: 'elsewhere', targetId, since, doneAt: null })
    clock.advance(5_000)
    await store.moving.departed('mover')
    assert.deepEqual(await store.moving.departure(), { ...written, doneAt: new Date(clock.now()) })
    await store.moving.welcome()
    assert.equal(await store.moving.departure(), undefined)
  },

  async 'every database has a number of its own, which stays, however many ask for it first'(fixture) {
    const { store, another } = fixture
    const target = await targetOf(fixture)
    const others = await Promise.all(Array.from({ length: 7 }, () => another()))
    const [a, ...rest] = await Promise.all([store, ...others].map((each) => each.moving.databaseId()))
    assert.deepEqual(new Set(rest), new Set([a]))
    assert.equal(await store.moving.databaseId(), a)
    assert.notEqual(await target.moving.databaseId(), a)
  },

  async 'a queue is paused there once: whoever resumes it there may'(fixture) {
    const { store } = fixture
    const target = await targetOf(fixture)
    await store.enqueue(newJobs(2, { queue: 'mail' }))
    await store.setPaused('mail', true, 'the provider is down')
    const from = await store.moving.databaseId()
    const states = await store.moving.queueStates()
    assert.deepEqual(states, [{ name: 'mail', paused: true, pauseReason: 'the provider is down' }])
    await target.setPaused('own', true)
    await target.moving.receiveQueues(from, states)
    const there = async () => (await target.moving.queueStates()).map(({ name, paused }) => `${name} ${paused}`)
    assert.deepEqual(await there(), ['mail true', 'own true'])
    assert.equal((await target.queues()).find(({ name }) => name === 'mail')?.pauseReason, 'the provider is down')
    await target.setPaused('mail', false)
    await target.moving.receiveQueues(from, states)
    assert.deepEqual(await there(), ['mail false', 'own true'])
  },

  async 'a batch is cut where it gets too large'({ store, another, unmigrated, clock }) {
    const target = await targetOf({ store, another, unmigrated, clock })
    const args = (size: number) => JSON.stringify(['x'.repeat(size)])
    await store.enqueue([1, 1, 5_000, 1, 9_000, 1].map((size) => newJob({ args: args(size) })))
    const from = await begin(store, target)
    const keys = (await store.moving.takePending('mover', 10)).toSorted((a, b) => a - b)
    const portions = await store.moving.portions(keys, 6_000)
    assert.deepEqual(
      portions.map(({ length }) => length),
      [4, 1, 1],
    )
    assert.deepEqual(portions.flat(), keys)
    for (const portion of portions) await target.moving.receive(from, await store.moving.read(portion), portion)
    assert.equal((await target.moving.received(from)).pending, 6)
    assert.deepEqual(await store.moving.portions([], 100), [])
  },

  async 'while others enqueue, claim and settle, every job ends up in one place'(fixture) {
    const { store, another, clock } = fixture
    const target = await targetOf(fixture)
    const from = await begin(store, target)
    const worker = await another()
    const lease = await newLease(worker)
    const enqueued: string[] = []
    let done = false
    const produce = async () => {
      for (let n = 0; n < 40; n++) {
        const jobs = newJobs(10, { queue: `q${n % 3}` })
        await worker.enqueue(jobs)
        enqueued.push(...jobs.map(({ id }) => id))
      }
      done = true
    }
    const ran = new Set<string>()
    const work = async () => {
      while (!done) {
        const jobs = await claimJobs(worker, lease, { limit: 3 })
        for (const { id } of jobs) ran.add(id)
        await worker.settle(jobs.map((job) => completed({ lease, job }, clock.now())))
        await turn()
      }
    }
    const carry = async () => {
      for (let more = true; more; ) {
        // Nothing comes any more, once nobody produces: then one last look is enough.
        more = !done
        for (let keys = [0]; keys.length > 0; await turn()) {
          keys = await store.moving.takePending('mover', 25)
          await target.moving.receive(from, await store.moving.read(keys), keys)
          await store.moving.letGo('mover', keys)
        }
      }
    }
    await Promise.all([produce(), work(), carry()])
    const [here, there] = [await store.list({ limit: 1_000 }), await target.list({ limit: 1_000 })]
    const places = [...here.jobs, ...there.jobs].map(({ id }) => id)
    assert.deepEqual(places.toSorted(), enqueued.toSorted())
    assert.deepEqual(here.jobs.map(({ id }) => id).toSorted(), [...ran].toSorted())
    assert.equal(there.jobs.filter(({ status }) => status !== 'pending').length, 0)
  },
}
