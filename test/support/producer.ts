/**
 * Enqueues through the library, as an app does, until it is killed or has enqueued so many; prints each id once the
 * enqueue has returned. Arguments: how many at a time, how many in all (0: for ever), which priorities.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Offstage } from '../../src/offstage.ts'
import { InlineJobs, type lanes } from './promise-jobs.ts'

const [atOnce = '1', count = '0', priorities = '0', file = 'notes', ms = ''] = process.argv.slice(2)
const config = (await import(pathToFileURL(join(process.cwd(), 'offstage.config.ts')).href)) as {
  default: Offstage<[typeof lanes.inline]>
}
const { runBackgroundJob, close } = config.default
const choice = priorities.split(',').map(Number)
let left = Number(count) || Number.POSITIVE_INFINITY

async function produce(): Promise<void> {
  while (left > 0) {
    left -= 1
    const priority = choice[Math.floor(Math.random() * choice.length)] ?? 0
    const { id } = await (ms === ''
      ? runBackgroundJob(InlineJobs, 'note', [file], { priority })
      : runBackgroundJob(InlineJobs, 'take', [file, Number(ms)], { priority }))
    // Synchronous: a line that has been printed is with the reader, whatever happens to this process next.
    writeSync(1, `${id}\n`)
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, produce))
await close()
