import type { IncomingMessage, ServerResponse } from 'node:http'
import { dashboardSettings } from '../core/dashboard-settings.ts'
import type { Enqueued } from '../core/job.ts'
import type { Registry } from '../core/registry.ts'
import type { Settings } from '../core/settings.ts'
import type { Store } from '../store/store.ts'
import type { Dashboard, DashboardOptions } from './dashboard.ts'
import type { Surroundings } from './server/app.ts'
import type { Authorize } from './server/auth/identify.ts'
import type { NodeListener } from './server/node-bridge.ts'

/** What a dashboard needs of the engine. */
export interface DashboardParts {
  settings: Settings
  registry: Registry
  version(): Promise<string>
  /** Opened by the first call; its steps are told to the log files. */
  store(): Promise<Store>
  enqueue(className: string, method: string, args: unknown[], options: object): Promise<Enqueued>
  schedules: ScheduleCommands
  workerId(): string | undefined
  /** Options of Node, and an environment, for the process that answers queries. */
  execArgv: readonly string[]
  env(): NodeJS.ProcessEnv
}

/** What can be done to schedules, with all the checks of `offstage.schedules`. */
export interface ScheduleCommands {
  /** The names of those in the config. */
  readonly declared: readonly string[]
  run(name: string): Promise<Enqueued>
  pause(name: string, options: { reason?: string }): Promise<void>
  resume(name: string): Promise<void>
  remove(name: string): Promise<void>
}

interface Running {
  fetch: (request: Request, surroundings: Surroundings) => Promise<Response>
  close: () => Promise<void>
}

/** @throws OffstageError OPTION_INVALID */
export function createDashboard(parts: DashboardParts, { authorize, ...options }: DashboardOptions = {}): Dashboard {
  const settings = withOptions(parts.settings, options)
  let running: Promise<Running> | undefined
  let bridge: Promise<NodeListener> | undefined
  let closed = false

  const start = async (): Promise<Running> => {
    // What cannot be opened now is tried again by the next request.
    running ??= run({ ...parts, settings }, authorize).catch((error: unknown) => {
      running = undefined
      throw error
    })
    return await running
  }
  const answer = async (request: Request, basePath: string, remote: string | undefined): Promise<Response> => {
    if (closed) return unavailable('CLOSED', 'the dashboard is closed')
    try {
      return await (await start()).fetch(request, { basePath, remote })
    } catch (error) {
      const { code = 'INTERNAL', message } = error as { code?: string; message: string }
      return unavailable(code, message)
    }
  }
  const { basePath } = settings.dashboard
  return {
    fetch: async (request, env) => await answer(request, basePath ?? '', remoteOf(env)),
    node: async (given, answered, next) => {
      const [request, response] = [given as IncomingMessage, answered as ServerResponse]
      try {
        bridge ??= import('./server/node-bridge.ts').then(({ nodeListener }) => nodeListener(basePath, answer))
        await (await bridge)(request, response, next)
      } catch (error) {
        // Nobody waits for this promise: what nobody foresaw must not end the app.
        if (next !== undefined) next(error)
        else response.writeHead(500).end('the dashboard failed\n')
        process.emitWarning(`the dashboard: ${(error as Error).stack ?? String(error)}`)
      }
    },
    close: async () => {
      closed = true
      await (await running?.catch(() => undefined))?.close()
    },
  }
}

/** Loads the server with its first request: an app that only enqueues does not pay for it. */
async function run(parts: DashboardParts, authorize: Authorize | undefined): Promise<Running> {
  const { startServer } = await import('./server/start.ts')
  return await startServer(parts, authorize)
}

function withOptions(settings: Settings, options: Omit<DashboardOptions, 'authorize'>): Settings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  if (Object.keys(given).length === 0) return settings
  const checked = dashboardSettings(given, {})
  const own = { ...settings.dashboard }
  for (const key of Object.keys(given))
    Object.assign(own, { [SETTING[key] ?? key]: checked[(SETTING[key] ?? key) as never] })
  return { ...settings, dashboard: own }
}

/** Where an option is called differently once it is checked. */
const SETTING: Readonly<Record<string, string>> = { queryTimeout: 'queryTimeoutMs' }

/** Where the runtime hands the connection on, as Hono on Node.js does. */
function remoteOf(env: unknown): string | undefined {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: unknown } } }
  const address = incoming?.socket?.remoteAddress
  return typeof address === 'string' ? address : undefined
}

function unavailable(code: string, message: string): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '2' }
  return new Response(JSON.stringify({ error: { code, message, retryAfterMs: 2_000 } }), { status: 503, headers })
}
