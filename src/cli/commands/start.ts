import { relative } from 'node:path'
import { OffstageError } from '../../core/errors.ts'
import type { Handler } from '../../core/handler.ts'
import type { Settings } from '../../core/settings.ts'
import { shownDatabase } from '../../core/shown-database.ts'
import { type ServedDashboard, type ServeFlags, serveDashboard } from '../dashboard-server.ts'
import type { ExitCode } from '../exit-code.ts'
import { LiveSteps } from '../live-steps.ts'
import { COMMAND, goOnUnprinted, note, onOutputClosed, onTerminal, print, styled } from '../output.ts'
import { type Session, withOffstage } from '../session.ts'
import { printSteps } from '../step-lines.ts'
import { runWorker, type WorkerFlags, withFlags } from '../worker-session.ts'

interface Options extends WorkerFlags, ServeFlags {
  /** False with `--no-dashboard`. */
  dashboard: boolean
}

/** Works until it is told to stop, shows each step as it happens, and serves the dashboard. */
export async function start(_: [], options: Options): Promise<ExitCode> {
  return await withOffstage(async (session) => {
    const { engine } = session
    const settings = withFlags(engine.settings, options)
    const tell = options.json ? note : print
    goOnUnprinted()
    // What it says before there is anything to show: that the database is away.
    const silence = engine.events.on('worker', ({ message }) => note(message))
    const worker = await engine.createWorker(settings, session.configPath)
    silence()
    const served = options.dashboard ? await serveOrSay(session, options) : undefined
    for (const line of introduction(settings, session, served)) tell(line)
    const live = onTerminal && !options.json ? new LiveSteps(engine.events, engine.store, logFile(settings)) : undefined
    if (live === undefined) printSteps(engine.events, { json: options.json === true })
    // Nobody watches any more; what runs is still brought to its end.
    onOutputClosed(() => void worker.stop())
    try {
      return await runWorker(worker, { graceMs: settings.worker.graceMs })
    } finally {
      live?.stop()
      await served?.close()
    }
  })
}

/** Work goes on without a dashboard; whoever cannot see it is told why. */
async function serveOrSay(session: Session, options: Options): Promise<ServedDashboard | undefined> {
  try {
    return await serveDashboard(session, options, { others: true })
  } catch (error) {
    if (!(error instanceof OffstageError) || error.code !== 'PORT_TAKEN') throw error
    note(`there is no dashboard here: ${error.message}`)
    return undefined
  }
}

function logFile({ logs }: Settings): string | undefined {
  return logs === false ? undefined : logs.file
}

function introduction(settings: Settings, session: Session, served: ServedDashboard | undefined): string[] {
  const { logs, worker } = settings
  const { engine, configPath } = session
  const handlers = engine.registry.list()
  const [first] = handlers
  const rows: [string, string][] = [
    ['Config', relative('.', configPath)],
    ['Database', shownDatabase(settings.database)],
    ['Queues', queuesText(worker.queues)],
    ['At a time', concurrencyText(worker.concurrency, handlers)],
    ...schedulesRows(engine.scheduling.declared),
    ['Log', logs === false ? 'none (logs: false)' : logs.file],
    ['Errors', logs === false ? 'none (logs: false)' : logs.errorFile],
    [
      'Enqueue',
      `${COMMAND} run ${first === undefined ? '<class> <method>' : `${first.className} ${first.method}`} '[…]'`,
    ],
    ['Look', `${COMMAND} jobs list`],
    ...dashboardRows(served),
    ['Stop', 'Ctrl-C'],
  ]
  return [...rows.map(([title, value]) => `${styled('dim', title.padEnd(11))}${value}`), '']
}

/** How many of the config's are named. */
const NAMED = 5

function schedulesRows(declared: readonly string[]): [string, string][] {
  if (declared.length === 0) return []
  const others = declared.length - NAMED
  const more = others > 0 ? ` and ${others} more` : ''
  return [['Schedules', `${declared.slice(0, NAMED).join(', ')}${more}`]]
}

function dashboardRows(served: ServedDashboard | undefined): [string, string][] {
  if (served === undefined) return []
  const { address, signIn } = served
  return [
    ['Dashboard', address],
    ...(signIn === undefined ? [] : ([['Sign in', `${signIn} (once, within 15 minutes)`]] as [string, string][])),
  ]
}

function queuesText(queues: Settings['worker']['queues']): string {
  if (queues.kind === 'all') return 'all'
  if (queues.kind === 'strict') return `${queues.queues.join(', ')} (in this order)`
  return [...queues.weights].map(([name, weight]) => `${name} (weight ${weight})`).join(', ')
}

function concurrencyText(concurrency: Settings['worker']['concurrency'], handlers: readonly Handler[]): string {
  const used = new Set(handlers.map(({ isolation }) => isolation))
  return [...used].map((isolation) => `${concurrency[isolation]} ${isolation}`).join(', ') || 'nothing is allowed'
}
