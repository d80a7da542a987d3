import { resolve } from 'node:path'
import { OffstageError } from '../../core/errors.ts'
import type { DashboardParts } from '../create.ts'
import { createApp, type Surroundings } from './app.ts'
import { Auth } from './auth/auth.ts'
import type { Authorize } from './auth/identify.ts'
import { EventHub } from './events.ts'
import { handlerFacts } from './handler-facts.ts'
import { keepHouse } from './housekeeping.ts'
import { Operations } from './operations.ts'
import { inProcess } from './queries/in-process.ts'
import { Queries } from './queries/queries.ts'
import { QueryProcess } from './queries/query-process.ts'
import type { Facts } from './reads/read.ts'
import type { Core } from './route.ts'

/** Puts the server together: everything that a dashboard has while it runs. */
export async function startServer(parts: DashboardParts, authorize: Authorize | undefined) {
  const { settings, registry, enqueue, schedules, workerId } = parts
  const [store, version] = await Promise.all([parts.store(), parts.version()])
  const { readOnly } = settings.dashboard
  const auth = new Auth({ access: store.access, readOnly, authorize })
  const { logs } = settings
  const facts: Facts = {
    handlers: registry.list().map(handlerFacts),
    schedules: schedules.declared,
    // Wherever the app may move to later.
    logs: logs === false ? null : { file: resolve(logs.file), errorFile: resolve(logs.errorFile) },
  }
  const queries = queriesOf(parts, facts)
  const events = new EventHub(queries)
  const operations = new Operations(store, queries)
  const core: Core = { settings, version, auth, queries, store, events, operations, enqueue, schedules, workerId }
  const stopHousekeeping = keepHouse(store.access, warn)
  const app = createApp(core, warn)
  return {
    fetch: async (request: Request, surroundings: Surroundings): Promise<Response> =>
      await app.fetch(request, surroundings),
    async close(): Promise<void> {
      stopHousekeeping()
      events.close()
      await operations.close()
      await queries.close()
    },
  }
}

function queriesOf({ settings, store, execArgv, env }: DashboardParts, facts: Facts): Queries {
  const { database, dashboard } = settings
  return new Queries((onChange) =>
    isInMemory(database)
      ? inProcess(store, facts, onChange)
      : new QueryProcess({ database, facts, limitMs: dashboard.queryTimeoutMs, execArgv, env: env(), onChange }),
  )
}

/** No other process can see such a database. */
function isInMemory(database: string): boolean {
  return /^(sqlite|file):(\/\/)?:memory:/i.test(database)
}

function warn(error: unknown): void {
  process.emitWarning(`the dashboard: ${error instanceof Error ? told(error) : String(error)}`)
}

/** What the database has against us says so in its message; of what nobody foresaw, somebody has to find the place. */
function told(error: Error): string {
  return error instanceof OffstageError ? error.message : (error.stack ?? error.message)
}
