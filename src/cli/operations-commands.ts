import type { Command } from 'commander'
import type { Add } from './program.ts'
import { addSchedules } from './schedules-commands.ts'
import { addUsers } from './users-commands.ts'

/** What looks after queues, schedules and workers, and tells how it goes. */
export function addOperations(program: Command, add: Add): void {
  const queues = program.command('queues').description('look at queues, pause and resume them')
  const queue = async () => await import('./commands/queues.ts')
  add(queues, 'list', 'every queue, and what waits in it', async () => (await queue()).listQueues)
  add(queues, 'pause <names...>', 'start no more jobs of these', async () => (await queue()).setPaused(true)) //
    .option('--reason <text>', 'why: shown with the queue while it is paused')
  add(queues, 'resume <names...>', 'go on with them', async () => (await queue()).setPaused(false))

  addSchedules(program, add)

  const workers = program.command('workers').description('look at workers, quiet and stop them')
  const worker = async () => await import('./commands/workers.ts')
  add(workers, 'list', 'the workers of every machine', async () => (await worker()).listWorkers)
  add(workers, 'quiet <ids...>', 'let them claim no more jobs', async () => (await worker()).askWorkers('quiet'))
  add(workers, 'resume <ids...>', 'let them claim again', async () => (await worker()).askWorkers('resume'))
  add(workers, 'stop <ids...>', 'stop them, as SIGTERM does', async () => (await worker()).askWorkers('stop'))

  add(program, 'stats', 'how it goes: jobs, queues, handlers', async () => (await import('./commands/stats.ts')).stats) //
    .option('--watch', 'again every second, until Ctrl-C')

  addUsers(program, add)
}
