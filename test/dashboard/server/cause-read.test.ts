import { expect, test } from 'vitest'
import { newId } from '../../../src/core/id.ts'
import { cause } from '../../../src/dashboard/server/reads/causes.ts'
import type { Settlement, Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'

const FINGERPRINT = '0123456789abcdef'
const JOBS = 100

/** The same store, and how often it was asked. */
function counting(store: Store): { store: Store; asked: () => number } {
  let asked = 0
  const counted = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        asked += 1
        return value.apply(target, args)
      }
    },
  })
  return { store: counted, asked: () => asked }
}

test('a cause asks the database as often for a hundred failures as for one: a server may be far away', async () => {
  const store = await openStore('sqlite::memory:')
  await store.migrate()
  const worker = { id: 'w', host: 'h', pid: 1, queues: 'all', concurrency: 1, version: '0', leaseMs: 60_000 }
  const lease = await store.register(worker)
  const job = { class: 'Mail', method: 'send', queue: 'mail', args: '[{"plan":"free"}]', priority: 0, maxAttempts: 1 }
  await store.enqueue(Array.from({ length: JOBS * 2 }, () => ({ ...job, id: newId(), due: { inMs: 0 } })))
  const limit = JOBS * 2
  const steps = [{ queues: 'all' as const, limit }]
  const { jobs, now } = await store.claim({ lease, claim: 1, steps, limit, start: limit })
  await store.settle(
    jobs.map((claimed, index): Settlement => {
      const ended = { job: claimed, lease, startedAt: now, finishedAt: now }
      return index % 2 === 0
        ? { ...ended, next: { status: 'completed' }, outcome: 'completed' }
        : {
            ...ended,
            next: { status: 'failed' },
            outcome: 'failed',
            error: { name: 'TypeError', message: 'it broke' },
            fingerprint: FINGERPRINT,
          }
    }),
  )
  const counted = counting(store)
  const facts = { handlers: [], schedules: [], logs: null }
  const found = await cause({ store: counted.store, facts }, { windowMs: 3_600_000, fingerprint: FINGERPRINT })
  expect(found).toMatchObject({ jobs: JOBS, retryable: { count: JOBS, more: false } })
  expect(found.samples).toHaveLength(10)
  // Failures and successes were compared: of neither is there more, whatever the plan.
  expect(found.traits).toEqual([])
  expect(counted.asked()).toBeLessThanOrEqual(12)
  await store.close()
})
