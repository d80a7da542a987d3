// What `npm start` runs: real jobs on a folder of real text files. It shows each step, sums up, and goes on working.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Archive } from './jobs/archive.ts'
import { Letter } from './jobs/letter.ts'
import { Report } from './jobs/report.ts'
import { Scanner } from './jobs/scanner.ts'
import { WordCount } from './jobs/word-count.ts'
import { dim, showSteps, showSummary } from './show.ts'

const startedIn = process.cwd()
// Offstage finds its config module from the working folder upwards.
process.chdir(import.meta.dirname)
const data = join(import.meta.dirname, 'data')
// Earlier counts would make the report come too early. The jobs and logs of earlier runs stay.
rmSync(join(data, 'counts'), { recursive: true, force: true })
mkdirSync(data, { recursive: true })

const { offstage, runBackgroundJob } = await import('./offstage.config.ts')

let stopping = false
async function stop(): Promise<void> {
  // Ctrl-C reaches this twice when it is run by npm: by the terminal and by npm.
  if (stopping) return
  stopping = true
  console.log(dim('\nStopping; what still runs is put back and would go on with the next start.'))
  await offstage.close()
  process.exit(0)
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

showSteps(offstage)
await offstage.start()

// Eight texts to count; one of them is in a hurry.
const counts = readdirSync(join(import.meta.dirname, 'texts')).map((file) =>
  runBackgroundJob(WordCount, 'count', [file], { priority: file === 'tide.txt' ? 'high' : 'medium' }),
)
const jobs = await Promise.all([
  ...counts,
  // Fails for good: there is no such file, however often it is tried.
  runBackgroundJob(WordCount, 'count', ['lost.txt'], { tags: ['fails for good'] }),
  // Fails, is retried, and succeeds.
  runBackgroundJob(Letter, 'send', ['the second floor'], { tags: ['retried'] }),
  // Delayed, so that the counts are there by then, and of low priority.
  runBackgroundJob(Report, 'build', ['All texts'], { delay: '3s', priority: 'low', tags: ['delayed'] }),
  // Takes its process down with it, once.
  runBackgroundJob(Scanner, 'scan', [7], { tags: ['crashes once'] }),
])
// Would run for ever: it is cancelled while it runs.
const endless = await runBackgroundJob(Archive, 'pack', ['everything'], { tags: ['cancelled'] })
const unlisten = offstage.on('running', ({ id }) => {
  if (id !== endless.id) return
  unlisten()
  setTimeout(() => void offstage.jobs.cancel(id), 1_000)
})

const finished = await Promise.all([...jobs, endless].map(({ id }) => offstage.jobs.wait(id)))
if (!stopping) {
  showSummary(finished)
  const here = (name: string) => relative(startedIn, join(data, name))
  console.log(`
  Report      ${here('report.md')}
  Log         ${here('background_jobs.log')}
  Errors      ${here('background_jobs_errors.log')}
  Database    ${here('offstage.db')}

  It goes on working. In another terminal:

    cd ${relative(startedIn, import.meta.dirname) || '.'}
    npx offstage run WordCount count soup.txt --wait
    npx offstage jobs list

  Ctrl-C stops it.
`)
}
