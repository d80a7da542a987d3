import { join } from 'node:path'
import { allow, defineOffstage } from 'offstage'
import { Archive } from './jobs/archive.ts'
import { Letter } from './jobs/letter.ts'
import { Report } from './jobs/report.ts'
import { Scanner } from './jobs/scanner.ts'
import { WordCount } from './jobs/word-count.ts'

// Beside this file, so that it does not matter in which folder a command is typed.
const data = join(import.meta.dirname, 'data')

export const offstage = defineOffstage({
  database: `sqlite:${data}/offstage.db`,
  logs: { file: `${data}/background_jobs.log`, errorFile: `${data}/background_jobs_errors.log` },
  // What a cancelled job is given to end by itself, before its process is ended for it.
  worker: { concurrency: 2, grace: '1s' },
  jobs: [
    allow(WordCount, { count: { retries: 1, backoff: '1s' } }),
    allow(Report, { build: { isolation: 'thread', retries: 5, backoff: '1s' } }),
    allow(Letter, { send: { isolation: 'inline', retries: 3, backoff: '1s' } }),
    allow(Scanner, 'scan'),
    allow(Archive, 'pack'),
  ],
})

export const { runBackgroundJob } = offstage
export default offstage
