import assert from 'node:assert/strict'
import type { MetricRow } from '../../store/insight.ts'
import type { Cases } from './fixture.ts'
import { newJob, newLease } from './jobs.ts'

const MINUTE = 60_000

function row(overrides: Partial<MetricRow> = {}): MetricRow {
  return {
    at: 1_000 * MINUTE,
    class: 'SampleJob',
    method: 'process',
    queue: 'default',
    completed: 1,
    failed: 2,
    cancelled: 3,
    retried: 4,
    wait: { 3: 1, 7: 2 },
    run: { 0: 1 },
    ...overrides,
  }
}

function sorted(rows: readonly MetricRow[]): MetricRow[] {
  const key = ({ at, class: className, queue, completed }: MetricRow) =>
    JSON.stringify([at, className, queue, completed])
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

export const metrics: Cases = {
  async 'what a worker counts in a minute is added to what it had counted'({ store }) {
    await store.enqueue([newJob()])
    const lease = await newLease(store)
    await store.addMetrics(lease, [])
    assert.deepEqual(await store.metrics({ since: 0 }), [])
    await store.addMetrics(lease, [row()])
    assert.deepEqual(await store.metrics({ since: 0 }), [row()])
    await store.addMetrics(lease, [row({ completed: 10, wait: { 7: 5, 60: 1 }, run: {} })])
    const sum = row({ completed: 11, failed: 4, cancelled: 6, retried: 8, wait: { 3: 1, 7: 7, 60: 1 } })
    assert.deepEqual(await store.metrics({ since: 0 }), [sum])
  },

  async 'rows of other minutes, handlers, queues and workers are kept apart'({ store }) {
    await store.enqueue([newJob(), newJob({ class: 'Other', queue: 'q' })])
    const rows = [
      row(),
      row({ at: 1_001 * MINUTE }),
      row({ class: 'Other' }),
      row({ class: 'Other', queue: 'q', completed: 9 }),
    ]
    const lease = await newLease(store)
    await store.addMetrics(lease, rows)
    assert.deepEqual(sorted(await store.metrics({ since: 0 })), sorted(rows))
    await store.addMetrics(await newLease(store), [row()])
    assert.deepEqual(sorted(await store.metrics({ since: 0 })), sorted([row(), ...rows]))
  },

  async 'rates are asked for by time, class, method and queue'({ store }) {
    await store.enqueue([newJob(), newJob({ class: 'Other', method: 'run', queue: 'q' })])
    const own = row()
    const others = [0, 90, 600].map((n) => row({ at: (1_000 + n) * MINUTE, class: 'Other', method: 'run', queue: 'q' }))
    await store.addMetrics(await newLease(store), [own, ...others])
    const found = async (request: Parameters<typeof store.metrics>[0]) => sorted(await store.metrics(request))
    assert.deepEqual(await found({ since: 1_000 * MINUTE }), sorted([own, ...others]))
    assert.deepEqual(await found({ since: 1_000 * MINUTE + 1 }), sorted(others.slice(1)))
    assert.deepEqual(await found({ since: 0, until: 1_090 * MINUTE }), sorted([own, ...others.slice(0, 1)]))
    assert.deepEqual(await found({ since: 0, class: 'SampleJob' }), [own])
    assert.deepEqual(await found({ since: 0, method: 'run' }), sorted(others))
    assert.deepEqual(await found({ since: 0, queue: 'q' }), sorted(others))
    for (const none of [
      { class: 'sampleJob' },
      { method: "'" },
      { queue: 'none' },
      { class: 'Other', queue: 'default' },
    ]) {
      assert.deepEqual(await found({ since: 0, ...none }), [])
    }
    assert.deepEqual(await found({ since: 2_000 * MINUTE }), [])
  },

  async 'what is counted of a handler or a queue that never had a job is left out'({ store }) {
    await store.enqueue([newJob()])
    await store.addMetrics(await newLease(store), [row({ class: 'Nobody' }), row({ queue: 'none' }), row()])
    assert.deepEqual(await store.metrics({ since: 0 }), [row()])
  },
}
