import { fileURLToPath } from 'node:url'
import { allow, defineOffstage, type Isolation } from '../../dist/index.js'
import { Mark, Noop, Stamp } from './jobs.ts'

export const CONFIG = fileURLToPath(new URL('./offstage.config.ts', import.meta.url))

export interface AppOptions {
  folder: string
  /** Default: a SQLite file in the folder. */
  database?: string | undefined
  isolation?: Isolation
  /** With the two log files; the peers write none. */
  logs?: boolean
  /** The jobs are in a queue of this name, and its worker looks at no other; default: in one of many. */
  queue?: string | undefined
}

/** The app that is measured: handlers of one isolation, history kept for ever. */
export function defineApp(options: AppOptions) {
  const { folder, database = databaseIn(folder), isolation = 'inline', logs = false, queue } = options
  const run = { isolation, ...(queue !== undefined && { queue }) }
  return defineOffstage({
    database,
    logs: logs ? { file: `${folder}/jobs.log`, errorFile: `${folder}/errors.log` } : false,
    retention: { completed: false, failed: false, cancelled: false },
    ...(queue !== undefined && { worker: { queues: [queue] } }),
    jobs: [allow(Noop, { run }), allow(Stamp, { run }), allow(Mark, { run })],
  })
}

export function databaseIn(folder: string): string {
  return `sqlite:${folder}/offstage.db`
}

/** What makes `offstage.config.ts` define the same app in another process. */
export function environment({ folder, isolation = 'inline', logs = false }: AppOptions): Record<string, string> {
  return { BENCH_FOLDER: folder, BENCH_ISOLATION: isolation, BENCH_LOGS: logs ? '1' : '', OFFSTAGE_CONFIG: CONFIG }
}
