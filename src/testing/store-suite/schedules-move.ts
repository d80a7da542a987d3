import assert from 'node:assert/strict'
import type { DueSchedule } from '../../store/schedules.ts'
import type { Store } from '../../store/store.ts'
import type { Cases, Fixture } from './fixture.ts'
import { targetOf } from './move.ts'
import { dueOne, fire, MINUTE_MS, names, nextOf, terms } from './schedules.ts'

/** Two databases, and the first is being moved to the second. */
async function departed(fixture: Fixture): Promise<{ store: Store; target: Store }> {
  const { store } = fixture
  const target = await targetOf(fixture)
  await store.moving.depart({ to: 'there', targetId: await target.moving.databaseId() }, 'mover')
  return { store, target }
}

/** Schedules on their way to another database. */
export const schedulesMove: Cases = {
  async 'schedules move to another database, where they go on'(fixture) {
    const of = await dueOne(fixture)
    const { store, target } = await departed(fixture)
    assert.deepEqual(await names(store), [], 'a database that is being moved still fires')
    assert.equal(await fire(store, of), undefined)
    assert.equal(await store.count({}), 0)

    const taken = await store.schedules.take()
    assert.equal(await target.schedules.receive(taken), 1)
    assert.equal(await target.schedules.receive(taken), 0)
    assert.deepEqual(await names(target), ['nightly'])
    const there = (await target.schedules.due(1)).schedules[0] as DueSchedule
    assert.deepEqual(there, of)
    assert.equal((await fire(target, there))?.length, 1)
    assert.equal(await target.schedules.receive(await store.schedules.take()), 0, 'it fires twice')
    assert.equal(await nextOf(target), of.nextAt + MINUTE_MS)

    assert.equal(await store.schedules.letGo(taken), 1)
    assert.equal(await store.schedules.letGo(taken), 0)
    assert.deepEqual(await store.schedules.list(), [])
  },

  async 'a schedule that is changed after it was taken stays, for the next time'(fixture) {
    await dueOne(fixture)
    const { store, target } = await departed(fixture)
    const taken = await store.schedules.take()
    await target.schedules.receive(taken)
    fixture.clock.advance(1)
    await store.schedules.setPaused('nightly', true, { reason: 'late' })
    assert.equal(await store.schedules.letGo(taken), 0)
    assert.equal(await target.schedules.receive(await store.schedules.take()), 1)
    assert.equal((await target.schedules.get('nightly'))?.pauseReason, 'late')
    fixture.clock.advance(1)
    await target.schedules.setPaused('nightly', false, { nextAt: fixture.clock.now() })
    assert.equal(await target.schedules.receive(taken), 0, 'what was resumed there is paused again')
  },

  async 'one that a worker has stored there already goes on as it was here'(fixture) {
    const { store, clock } = fixture
    await store.schedules.set(terms(), clock.now())
    const slot = clock.now()
    const of = (await store.schedules.due(1)).schedules[0] as DueSchedule
    await fire(store, of, { nextAt: slot + 2 })
    clock.advance(1)
    await store.schedules.setPaused('nightly', true, { reason: 'the printer is broken' })
    const { target } = await departed(fixture)
    clock.advance(5)
    await target.schedules.set(terms({ args: '["of the target"]', declared: true }), slot + MINUTE_MS)

    const taken = await store.schedules.take()
    assert.equal(await target.schedules.receive(taken), 1)
    assert.equal(await target.schedules.receive(taken), 0)
    const [before, after] = [await store.schedules.get('nightly'), await target.schedules.get('nightly')]
    assert.deepEqual(after?.args, ['of the target'])
    assert.equal(after?.declared, true)
    for (const what of ['paused', 'pauseReason', 'nextAt', 'lastAt', 'lastJobId', 'createdAt'] as const) {
      assert.deepEqual(after?.[what], before?.[what], what)
    }
  },

  async 'one that has been fired there already forgets no slot, and fires none again'(fixture) {
    const { store, clock } = fixture
    const slot = clock.now()
    await store.schedules.set(terms(), slot)
    const { target } = await departed(fixture)
    clock.advance(5)
    await target.schedules.set(terms(), slot + 1)
    await fire(target, (await target.schedules.due(1)).schedules[0] as DueSchedule, { nextAt: slot + MINUTE_MS })
    await target.schedules.receive(await store.schedules.take())
    assert.deepEqual([await nextOf(target), await names(target)], [slot + MINUTE_MS, []])
    assert.equal((await target.schedules.get('nightly'))?.lastAt?.getTime(), slot + 1)
  },

  async 'one that has another expression there keeps the slot of that'(fixture) {
    const { store, clock } = fixture
    await store.schedules.set(terms(), clock.now())
    const { target } = await departed(fixture)
    clock.advance(5)
    await target.schedules.set(terms({ cron: '0 4 * * *' }), clock.now() + MINUTE_MS)
    await target.schedules.receive(await store.schedules.take())
    assert.equal(await nextOf(target), clock.now() + MINUTE_MS)
  },
}
