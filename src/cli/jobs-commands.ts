import type { Command } from 'commander'
import type { Change } from './job-actions.ts'
import { addFilterOptions } from './job-filter.ts'
import type { Add } from './program.ts'

/** What looks at jobs and changes them. */
export function addJobs(program: Command, add: Add): void {
  const jobs = program.command('jobs').description('look at jobs and change them')
  addFilterOptions(
    add(jobs, 'list [filter...]', 'the newest jobs', async () => (await import('./commands/jobs-list.ts')).listJobs),
  )
    .option('--limit <number>', 'how many, 1 to 1000 (default: 20)')
    .option('--cursor <text>', 'go on where another list ended')
  addFilterOptions(
    add(
      jobs,
      'count [filter...]',
      'how many jobs there are',
      async () => (await import('./commands/jobs-count.ts')).countJobs,
    ),
  )
  add(jobs, 'show <id>', 'everything about a job', async () => (await import('./commands/jobs-show.ts')).showJob)
  add(jobs, 'logs <id>', 'what a job logged', async () => (await import('./commands/jobs-logs.ts')).showLogs)
    .option('--attempt <number>', 'of this attempt only')
    .option('--follow', 'go on with what it logs, until it has ended')
  const change = (name: string, description: string, command: Change) =>
    addFilterOptions(
      add(jobs, `${name} [jobs...]`, description, async () =>
        (await import('./commands/jobs-change.ts')).changeJobs(command),
      ),
    )
      .option('--all', 'every job that it can be done to')
      .option('--yes', 'do not ask')
  change('cancel', 'stop jobs, also while they run', 'cancel')
  change('retry', 'run failed or cancelled jobs again', 'retry')
  change('run-now', 'make waiting jobs due at once', 'runNow')
  change('delete', 'remove jobs that are not running', 'delete')
  add(
    jobs,
    'clear',
    'remove all jobs that are not running',
    async () => (await import('./commands/jobs-clear.ts')).clearJobs,
  ).option('--yes', 'do not ask')
}
