import { Command, CommanderError, Option } from 'commander'
import { addExamples } from './examples.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts'
import { addHelp } from './help-command.ts'
import { addJobs } from './jobs-commands.ts'
import { addOperations } from './operations-commands.ts'
import { collect } from './option-values.ts'
import { note, printed, watchOutput } from './output.ts'
import { addInit, addProjectCommands } from './project-commands.ts'
import { applyEnvironment, type GlobalOptions } from './session.ts'
import { isAnswer, usageMessage } from './usage-error.ts'
import { packageVersion } from './version.ts'
import { tellWarnings } from './warnings.ts'

/** Runs one command line and ends the process with its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  watchOutput()
  tellWarnings()
  const code = await exitCode(argv)
  await printed()
  process.exit(code)
}

async function exitCode(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  try {
    await createProgram((ended) => {
      code = ended
    }).parseAsync(argv)
    return code
  } catch (error) {
    if (error instanceof CommanderError) return isAnswer(error) ? EXIT.ok : EXIT.usage
    note(error instanceof Error ? error.message : String(error))
    if (process.env.OFFSTAGE_DEBUG === '1') console.error(error)
    return exitCodeOf(error)
  }
}

type Positional = string | string[] | undefined
type Run = (positional: never, options: never) => Promise<ExitCode>

/** All commands. Each one's code is loaded when it runs: nobody waits for what another command needs. */
function createProgram(ended: (code: ExitCode) => void): Command {
  const program = new Command('offstage')
    .description('Runs the methods of plain classes as durable background jobs.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--config <file>', 'the config module (default: offstage.config.ts, from this folder upwards)')
    .option('--database <url>', 'the database, such as sqlite:offstage.db')
    .option('--json', 'print one JSON value on stdout, and everything else on stderr')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text) => note(usageMessage(text)) })
    .exitOverride()

  /** Adds a command. Settings of the program are inherited when a command is made, so they come first. */
  const add = (parent: Command, usage: string, description: string, load: () => Promise<Run>): Command =>
    parent
      .command(usage)
      .description(description)
      .allowExcessArguments(false)
      .action(async (...given: unknown[]) => {
        const command = given.at(-1) as Command
        const options = command.optsWithGlobals<GlobalOptions>()
        // It makes a config where one stands, whatever there is above.
        if (command.name() !== 'init') applyEnvironment(options)
        const run = (await load()) as (positional: Positional[], options: GlobalOptions) => Promise<ExitCode>
        ended(await run(given.slice(0, -2) as Positional[], options))
      })

  addInit(program, add)

  const workerOptions = (command: Command) =>
    command
      .option('--queue <names>', 'the queues to serve, in strict order: high,medium,low (default: as configured)')
      .option('--concurrency <number>', 'jobs at a time, of each kind of isolation')
      .option('--id <name>', 'a name that no other running worker has')

  workerOptions(
    add(
      program,
      'start',
      'work, show each step as it happens, and serve the dashboard',
      async () => (await import('./commands/start.ts')).start,
    ),
  )
    .option('--host <address>', 'where the dashboard is served (default: OFFSTAGE_HOST, or 127.0.0.1)')
    .option('--port <number>', 'its port (default: OFFSTAGE_PORT, or 8787 or the next that is free)')
    .option('--no-dashboard', 'serve no dashboard')
  workerOptions(add(program, 'work', 'work, quietly', async () => (await import('./commands/work.ts')).work))
    .addOption(new Option('--once', 'stop after one job').conflicts('drain'))
    .option('--drain', 'stop when nothing is due')
    .option('--health-port <number>', 'serve /healthz and /readyz at this port')
    .option('--health-host <address>', 'and at this address (default: 127.0.0.1)')

  add(
    program,
    'dashboard',
    'serve the dashboard alone',
    async () => (await import('./commands/dashboard.ts')).dashboard,
  )
    .option('--host <address>', 'where it is served (default: OFFSTAGE_HOST, or 127.0.0.1)')
    .option('--port <number>', 'its port (default: OFFSTAGE_PORT, or 8787)')
    .option('--read-only', 'nobody can change anything')

  add(program, 'run <class> <method> [arguments]', 'enqueue a job', async () => (await import('./commands/run.ts')).run)
    .addHelpText('after', RUN_HELP)
    .option('--retries <number>', 'extra attempts after the first')
    .option('--delay <time>', 'start after 10 (seconds), 5m, 2h, or at a date')
    .option('--priority <priority>', 'high, medium, low or an integer; the larger runs first')
    .option('--queue <name>', 'the queue to put it in')
    .option('--timeout <time>', 'stop an attempt that runs longer')
    .option('--expires-in <time>', 'fail the job when it has not started by then')
    .option('--tag <tags>', 'tags; can be repeated, or separated by commas', collect)
    .option('--unique [key]', 'not while another one with these arguments, or with this key, has not ended')
    .option('--wait', 'wait until it has finished; exit with 0 only when it completed')

  addJobs(program, add)
  addOperations(program, add)
  addProjectCommands(program, add)
  addExamples(program)
  addHelp(program)
  return program
}

const RUN_HELP = `
Arguments: a JSON array is the argument list; other text is split at commas into strings.`

export type Add = (parent: Command, usage: string, description: string, load: () => Promise<Run>) => Command
