/**
 * Enqueues for so many seconds, or until it gets SIGTERM, jobs that fail none to two times; prints each as it was stored.
 * With `again` as a third argument it repeats what a database that is away has refused, as an app does: by the same id.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '../../src/core/id.ts'
import { defineOffstage } from '../../src/offstage.ts'
import { InlineJobs, lanes } from './promise-jobs.ts'
import { until } from './until.ts'

const [database = '', file = '', seconds = '1', again = ''] = process.argv.slice(2)
const offstage = defineOffstage({ database, logs: false, jobs: [lanes.inline] })
let end = performance.now() + Number(seconds) * 1_000
process.once('SIGTERM', () => {
  end = 0
})
let next = 0
const caller = async () => {
  while (performance.now() < end) {
    const failures = next++ % 3
    const id = newId()
    const enqueue = () =>
      offstage.runBackgroundJob(InlineJobs, 'flaky', [file, failures], { id, retries: 2, backoff: 0 })
    await (again === '' ? enqueue() : until('it is stored', enqueue))
    process.stdout.write(`${JSON.stringify({ id, failures })}\n`)
    // A few hundred a second: every job notes each of its attempts in a file.
    await sleep(20)
  }
}
await Promise.all([caller(), caller()])
await offstage.close()
