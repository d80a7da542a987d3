import assert from 'node:assert/strict'
import type { Store } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import { newJob, runningJob } from './jobs.ts'

/** Real time: the wait for a call that comes from outside. */
const PATIENCE_MS = 10_000

/** Does `what` once the store is listened to, and waits until it calls. */
async function wakes(store: Store, what: () => Promise<unknown>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error('the store did not call')), PATIENCE_MS)
  const stop = store.onWake(() => resolve())
  try {
    await what()
    await promise
  } finally {
    clearTimeout(timer)
    stop()
  }
}

export const wake: Cases = {
  async 'an enqueue wakes those who listen on the same connection'({ store }) {
    await wakes(store, () => store.enqueue([newJob()]))
  },

  async 'an enqueue wakes those who listen on another connection, again and again'({ store, another }) {
    const other = await another()
    for (let round = 0; round < 3; round++) await wakes(other, () => store.enqueue([newJob()]))
  },

  async 'everyone who listens is called, and who has stopped is not'({ store, another }) {
    const other = await another()
    let calls = 0
    const stop = other.onWake(() => calls++)
    stop()
    stop()
    const { promise, resolve } = Promise.withResolvers<void>()
    const stopSecond = other.onWake(resolve)
    await wakes(other, () => store.enqueue([newJob()]))
    await promise
    stopSecond()
    assert.equal(calls, 0)
  },

  async 'what a person asks for wakes too'({ store, another }) {
    const other = await another()
    const held = await runningJob({ store })
    await wakes(other, () => store.cancel([held.job.id]))
    await store.setPaused('default', true)
    await wakes(other, () => store.setPaused('default', false))
    const delayed = newJob({ due: { inMs: 60_000 } })
    await store.enqueue([delayed])
    await wakes(other, () => store.runNow([delayed.id]))
  },
}
