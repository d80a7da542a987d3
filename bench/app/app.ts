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
}

/** The app that is measured: handlers of one isolation, history kept for ever. */
export function defineApp({ folder, database = databaseIn(folder), isolation = 'inline', logs = false }: AppOptions) {
  return defineOffstage({
    database,
    logs: logs ? { file: `${folder}/jobs.log`, errorFile: `${folder}/errors.log` } : false,
    retention: { completed: false, failed: false, cancelled: false },
    jobs: [
      allow(Noop, { run: { isolation } }),
      allow(Stamp, { run: { isolation } }),
      allow(Mark, { run: { isolation } }),
    ],
  })
}

export function databaseIn(folder: string): string {
  return `sqlite:${folder}/offstage.db`
}

/** What makes `offstage.config.ts` define the same app in another process. */
export function environment({ folder, isolation = 'inline', logs = false }: AppOptions): Record<string, string> {
  return { BENCH_FOLDER: folder, BENCH_ISOLATION: isolation, BENCH_LOGS: logs ? '1' : '', OFFSTAGE_CONFIG: CONFIG }
}
