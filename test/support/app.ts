import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { HandlerOptions, Isolation } from '../../src/core/handler.ts'
import type { WorkerConfig } from '../../src/core/settings.ts'
import { defineOffstage } from '../../src/offstage.ts'
import { lanes } from './promise-jobs.ts'
import { type Spawned, spawned } from './spawned.ts'
import { until } from './until.ts'

const url = (file: string) => new URL(file, import.meta.url)
const MAIN = fileURLToPath(url('../../src/cli/main.ts'))

export interface AppOptions {
  /** Which of the classes of promise-jobs.ts the workers allow; `inline` alone unless said. */
  jobs?: readonly Isolation[]
  /** What else the config module says. */
  config?: {
    worker?: WorkerConfig
    defaults?: HandlerOptions
    /** With the names of classes: it is written down. */
    schedules?: Readonly<Record<string, readonly unknown[]>>
  }
  /** Default: a file in the folder. */
  database?: string
  /** Where it is made, and removed from; a new folder of its own by default. */
  folder?: string
}

/** A line that a job of promise-jobs.ts has noted. */
export interface Note {
  id: string
  attempt: number
  word: string
  pid: number
}

export interface SpawnOptions {
  /** More arguments of the command. */
  args?: readonly string[]
  /** Options of Node. */
  node?: readonly string[]
  env?: Readonly<Record<string, string>>
}

/** An app in a temporary folder: a config module, a database, and real processes that work on it. */
export function makeApp({ jobs = ['inline'], config = {}, folder: given, database: server }: AppOptions = {}) {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'offstage-promise-'))
  // What is absolute already stays where it is.
  const file = (name: string) => resolve(folder, name)
  const children = new Set<Spawned>()
  const database = server ?? `sqlite:${file('jobs.db')}`
  // Retries come at once and few processes do: what is tested is not how long a machine takes.
  const { worker, defaults, schedules } = config
  const settings = {
    defaults: { retries: 0, backoff: 0, ...defaults },
    worker: { concurrency: { process: 2, thread: 2 }, grace: '1s', ...worker },
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(file('package.json'), '{"type":"module"}')
  writeFileSync(
    file('offstage.config.ts'),
    `import { defineOffstage } from ${JSON.stringify(url('../../src/index.ts').href)}
import { lanes } from ${JSON.stringify(url('./promise-jobs.ts').href)}
export default defineOffstage({
  database: ${JSON.stringify(server ?? 'sqlite:jobs.db')},
  logs: false,
  jobs: ${JSON.stringify(jobs)}.map((lane) => lanes[lane]),
  ...${JSON.stringify({ ...settings, schedules })},
})
`,
  )
  // What the test itself asks and enqueues with: one more process on the file, beside the workers.
  const offstage = defineOffstage({
    database,
    logs: false,
    jobs: [lanes.process, lanes.thread, lanes.inline],
    ...settings,
  })

  function run(program: string, args: readonly string[], { node = [], env = {} }: SpawnOptions): Spawned {
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(OFFSTAGE|BACKGROUND_JOB|MAX_RE|VITEST|NODE_OPTIONS)/.test(key)),
    )
    const child = spawned(
      spawn(process.execPath, [...node, program, ...args], {
        cwd: folder,
        env: { ...clean, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
    children.add(child)
    return child
  }

  return {
    folder,
    file,
    database,
    offstage,
    /** Any command of the command line. */
    command: (args: readonly string[], options: SpawnOptions = {}) =>
      run(MAIN, [...args, ...(options.args ?? [])], options),
    /** A worker process, of which every event is known; resolves when it has started. */
    async worker(options: SpawnOptions = {}): Promise<Spawned> {
      const child = run(MAIN, ['start', '--json', ...(options.args ?? [])], options)
      await child.event(({ event, state }) => event === 'worker' && state === 'started')
      return child
    },
    /** A program of test/support, in the app's folder. */
    program: (name: string, args: readonly string[], options: SpawnOptions = {}) =>
      run(fileURLToPath(url(`./${name}`)), args, options),
    /** What jobs have noted in a file of the folder. */
    notes(name: string): Note[] {
      if (!existsSync(file(name))) return []
      const lines = readFileSync(file(name), 'utf8').split('\n')
      return lines.slice(0, -1).map((line) => {
        const [id = '', attempt, word = '', pid] = line.split(' ')
        return { id, attempt: Number(attempt), word, pid: Number(pid) }
      })
    },
    /** Waits for a note, by default the first. */
    async noted(name: string, wanted: Partial<Note> = {}): Promise<Note> {
      const fits = (note: Note) => Object.entries(wanted).every(([key, value]) => note[key as keyof Note] === value)
      return await until(`a note ${JSON.stringify(wanted)} in ${name}`, () => this.notes(name).find(fits))
    },
    /** The database file, for what only looks at it. */
    sqlite<Result>(work: (raw: DatabaseSync) => Result): Result {
      const raw = new DatabaseSync(file('jobs.db'), { timeout: 5_000 })
      try {
        return work(raw)
      } finally {
        raw.close()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of children) {
        child.kill('SIGCONT')
        child.kill('SIGKILL')
      }
      await Promise.all([...children].map(({ ended }) => ended))
      await offstage.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

export type App = ReturnType<typeof makeApp>
