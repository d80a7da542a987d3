import { Argument, type Command } from 'commander'
import type { Add } from './program.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** First in the help: it is the first command of anybody. */
export function addInit(program: Command, add: Add): void {
  add(
    program,
    'init',
    'make this folder ready: a config, a sample job, a key',
    async () => (await import('./commands/init.ts')).init,
  ).option('--yes', 'for scripts; nothing is asked in any case')
}

/** What concerns the project as a whole: setting it up, and looking whether all is well. */
export function addProjectCommands(program: Command, add: Add): void {
  add(
    program,
    'migrate',
    'bring the schema of the database up to date',
    async () => (await import('./commands/migrate.ts')).migrate,
  ).option('--dry-run', 'print the SQL, change nothing')
  add(
    program,
    'move',
    'carry the jobs of the database to another one',
    async () => (await import('./commands/move.ts')).move,
  )
    .requiredOption('--to <url>', 'the database to carry them to')
    .option('--history', 'finished jobs too, with users, tokens, settings and the audit log')
    .option('--wait <time>', 'how long to wait for running jobs', '1m')
    .option('--dry-run', 'say how many there are, change nothing')
  add(
    program,
    'doctor',
    'find what is wrong, and say what to do',
    async () => (await import('./commands/doctor.ts')).doctor,
  )
  add(
    program,
    'completion',
    'print the script that makes a shell complete commands',
    async () => (await import('./commands/completion.ts')).completion,
  ).addArgument(new Argument('<shell>', 'whose').choices(SHELLS))
  program
    .command('complete [words...]', { hidden: true })
    .description('what can follow, for the scripts of `completion`')
    .action(async (words: string[]) => (await import('./commands/complete.ts')).complete(program, words))
}
