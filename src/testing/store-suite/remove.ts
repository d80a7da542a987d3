import assert from 'node:assert/strict'
import type { Cases } from './fixture.ts'
import { claimOne, completed, detail, failed, ids, newJob, newJobs, newLease, runningJob } from './jobs.ts'
import { states } from './states.ts'

/** Deleting and clearing. */
export const remove: Cases = {
  async 'a deleted job leaves nothing behind, and its id may be stored anew'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.record(held.lease, [
      {
        kind: 'log',
        key: held.job.key,
        attempt: 1,
        claim: held.job.claim,
        at: clock.now(),
        severity: 'info',
        text: 'old',
      },
    ])
    await store.settle([failed(held, clock.now())])
    await store.delete([held.job.id])
    assert.equal(await store.get(held.job.id), undefined)
    assert.deepEqual(await store.logs(held.job.id), [])
    const again = newJob({ id: held.job.id, args: '["anew"]' })
    assert.deepEqual(await store.enqueue([again]), [{ id: again.id, status: 'created' }])
    const job = await detail(store, again.id)
    assert.deepEqual([job.args, job.attempt, job.attempts, job.error], [['anew'], 0, [], null])
    assert.deepEqual(await store.logs(again.id), [])
  },

  async 'a prefetched job is either kept from deletion, or its holder is told that it is gone'({ store, clock }) {
    const lease = await newLease(store)
    await store.enqueue([newJob()])
    const job = await claimOne(store, lease, { start: 0 })
    const [answer] = await store.delete([job.id])
    const refused = answer?.result === 'state'
    const { key, claim } = job
    const stale = await store.record(lease, [{ kind: 'start', key, attempt: 1, claim, at: clock.now() }])
    assert.deepEqual([stale, (await store.get(job.id)) !== undefined], refused ? [[], true] : [[0], false])
  },

  async 'clear removes what does not run, a limited number at a time, until it is done'(fixture) {
    const { store } = fixture
    const running = await states.running(fixture)
    for (const [state, make] of Object.entries(states))
      if (state !== 'running' && state !== 'missing') await make(fixture)
    await store.enqueue([...newJobs(10), ...newJobs(6, { due: { inMs: 1_000 } })])
    let removed = 0
    for (;;) {
      const some = await store.clear(5)
      assert.ok(some <= 5)
      if (some === 0) break
      removed += some
    }
    assert.equal(removed, 23)
    assert.deepEqual(ids((await store.list({ limit: 100 })).jobs), [running])
    assert.equal(await store.clear(5), 0)
  },

  async 'a job that is cleared while it runs elsewhere is not: it settles as ever'(fixture) {
    const { store, clock } = fixture
    const held = await runningJob(fixture)
    await store.enqueue(newJobs(3))
    await store.clear(100)
    assert.deepEqual(await store.settle([completed(held, clock.now())]), [])
    assert.equal((await detail(store, held.job.id)).status, 'completed')
  },
}
