import type { Command } from 'commander'
import type { Add } from './program.ts'

/** What looks at schedules and changes them. */
export function addSchedules(program: Command, add: Add): void {
  const schedules = program
    .command('schedules')
    .description('look at what is enqueued by the clock, run, pause and resume it')
  const all = async () => await import('./commands/schedules.ts')
  add(schedules, 'list', 'every schedule, and when it is next', async () => (await all()).listSchedules)
  add(
    schedules,
    'show <name>',
    'everything about a schedule, and its next slots',
    async () => (await import('./commands/schedules-show.ts')).showSchedule,
  )
  add(
    schedules,
    'run <name>',
    'enqueue one more job of it, now',
    async () => (await import('./commands/schedules-run.ts')).runSchedule,
  ).option('--wait', 'wait until it has finished; exit with 0 only when it completed')
  add(schedules, 'pause <names...>', 'enqueue nothing for these', async () => (await all()).setPaused(true)) //
    .option('--reason <text>', 'why: shown with the schedule while it is paused')
  add(schedules, 'resume <names...>', 'go on with them', async () => (await all()).setPaused(false))
  add(
    schedules,
    'remove <name>',
    'remove a schedule; its jobs stay',
    async () => (await import('./commands/schedules-remove.ts')).removeSchedule,
  ).option('--yes', 'do not ask')
}
