/** Enqueues for so many seconds, jobs that fail none to two times; prints each as it was stored. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineOffstage } from '../../src/offstage.ts'
import { InlineJobs, lanes } from './promise-jobs.ts'

const [database = '', file = '', seconds = '1'] = process.argv.slice(2)
const offstage = defineOffstage({ database, logs: false, jobs: [lanes.inline] })
const until = performance.now() + Number(seconds) * 1_000
let next = 0
const caller = async () => {
  while (performance.now() < until) {
    const failures = next++ % 3
    const options = { retries: 2, backoff: 0 }
    const { id } = await offstage.runBackgroundJob(InlineJobs, 'flaky', [file, failures], options)
    process.stdout.write(`${JSON.stringify({ id, failures })}\n`)
    // A few hundred a second: every job notes each of its attempts in a file.
    await sleep(20)
  }
}
await Promise.all([caller(), caller()])
await offstage.close()
