/**
 * Places orders as an app does, each with a job of the same id in one transaction, until it is killed. Arguments: the
 * database; `hold` to stop before the first commit. Prints what it is about to do and what has been done.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { newId } from '../../src/core/id.ts'
import type { Offstage } from '../../src/offstage.ts'
import { openOrders } from './orders.ts'
import { InlineJobs, type lanes } from './promise-jobs.ts'

const [url = '', mode = ''] = process.argv.slice(2)
const config = (await import(pathToFileURL(join(process.cwd(), 'offstage.config.ts')).href)) as {
  default: Offstage<[typeof lanes.inline]>
}
const { runBackgroundJob, jobs } = config.default
await jobs.count({})
const orders = await openOrders(url)
// Synchronous: a line that has been printed is with the reader, whatever happens to this process next.
const say = (text: string) => writeSync(1, `${text}\n`)

for (;;) {
  const id = newId()
  await orders.begin()
  await orders.insert(id)
  await runBackgroundJob(InlineJobs, 'note', ['notes'], { tx: orders.tx, id })
  if (mode === 'hold') {
    say(`enqueued ${id}`)
    await sleep(600_000)
  }
  if (Math.random() < 0.3) {
    await orders.rollback()
    say(`undone ${id}`)
  } else {
    await orders.commit()
    say(`committed ${id}`)
  }
}
