import { Scheduling } from '../../../src/client/scheduling.ts'
import { allow } from '../../../src/core/allow.ts'
import type { JobDetail } from '../../../src/core/job.ts'
import { Registry } from '../../../src/core/registry.ts'
import { priorityWeighted } from '../../../src/core/strategies.ts'
import type { Store } from '../../../src/store/store.ts'
import { Scheduler } from '../../../src/worker/maintenance/scheduler.ts'
import { openTemporary } from '../../stores/sqlite/temporary.ts'

export class Report {
  build(_kind: string, _token?: string) {}
  check() {}
}
export class Other {
  run() {}
}

const registry = Registry.from([
  allow(Report, { build: { retries: 1, queue: 'reports' }, check: { policy: priorityWeighted } }),
])
export const START = Date.parse('2026-11-29T10:00:30Z')
export const MINUTE_MS = 60_000

export type Declared = ConstructorParameters<typeof Scheduling>[2]

/** Schedulers on one real file, whose clock is the test's. */
export async function setUp() {
  let now = START
  const database = await openTemporary({ clock: () => now, migrated: true })
  const { store } = database
  return {
    store,
    pass(ms: number): void {
      now += ms
    },
    now: () => now,
    /** As a worker with this config has one. */
    worker(declared: Declared = {}, { on = store, from = registry }: { on?: Store; from?: Registry } = {}) {
      const warned: string[] = []
      let woken = 0
      const scheduling = new Scheduling(from, 1_000_000, declared)
      const scheduler = new Scheduler({
        store: on,
        scheduling,
        everyMs: 1_000,
        warn: (message) => warned.push(message),
        wake() {
          woken += 1
        },
      })
      return { run: scheduler.run, scheduling, warned, woken: () => woken }
    },
    async jobs(): Promise<JobDetail[]> {
      const { jobs } = await store.list({ limit: 1_000 })
      return (await store.details(jobs.map(({ id }) => id))).reverse()
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}
