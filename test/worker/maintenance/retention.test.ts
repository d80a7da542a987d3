import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allow } from '../../../src/core/allow.ts'
import { ENGINE } from '../../../src/core/engine-symbol.ts'
import type { RetentionConfig } from '../../../src/core/settings.ts'
import { defineOffstage } from '../../../src/offstage.ts'
import { claimJobs, completed, newJobs, newLease } from '../../../src/testing/store-suite/jobs.ts'
import { until } from '../../support/until.ts'

let ran = 0
class Counted {
  run() {
    ran += 1
  }
}

function app(folder: string, retention: RetentionConfig) {
  return defineOffstage({
    database: `sqlite:${join(folder, 'jobs.db')}`,
    logs: false,
    jobs: [allow(Counted, { run: { isolation: 'inline' } })],
    retention,
  })
}

/** Finished jobs of a day ago, newest last. */
async function fillHistory(offstage: ReturnType<typeof app>, count: number): Promise<void> {
  const store = await offstage[ENGINE].store()
  const lease = await newLease(store)
  for (let left = count; left > 0; left -= 1_000) {
    await store.enqueue(newJobs(1_000))
    const jobs = await claimJobs(store, lease)
    await store.settle(jobs.map((job) => completed({ lease, job }, Date.now() - 86_400_000 + count - left)))
  }
  await store.endLease(lease)
}

test('a worker removes a large history while it drains, and keeps what it is told to keep', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-retention-'))
  const offstage = app(folder, { completed: { age: false, count: 3_000 } })
  try {
    await fillHistory(offstage, 20_000)
    const batch = Array.from({ length: 1_000 }, () => ['Counted', 'run'] as const)
    await offstage.runBackgroundJobs(batch)
    await offstage.runBackgroundJobs(batch)
    await offstage.start()
    await until('the jobs to have run', () => ran === 2_000 || undefined)
    await until('the history to be removed', async () => (await offstage.jobs.count()) <= 5_000 || undefined)
    await offstage.stop()
    // What a worker finished after it last counted goes with the next round.
    const kept = await offstage.jobs.count({ status: 'completed' })
    expect(kept).toBeGreaterThanOrEqual(3_000)
    expect(kept).toBeLessThanOrEqual(5_000)
    expect(await offstage.jobs.count({ class: 'Counted' })).toBe(2_000)
    const store = await offstage[ENGINE].store()
    await store.prune(offstage[ENGINE].settings.retention, 10_000)
    expect(await offstage.jobs.count({ status: 'completed' })).toBe(3_000)
    expect(await offstage.jobs.count({ class: 'Counted' })).toBe(2_000)
  } finally {
    await offstage.close()
    rmSync(folder, { recursive: true })
  }
})
