import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

// What is packed is what people run: test/support/unpacked.ts has unpacked it apart from this repository.
const PACKED = process.env.OFFSTAGE_UNPACKED ?? fileURLToPath(new URL('../..', import.meta.url))
export const MAIN: string = join(PACKED, 'dist', 'cli', 'main.js')
const INDEX = pathToFileURL(join(PACKED, 'dist', 'index.js')).href

const CACHE = join(tmpdir(), 'offstage-test-cache')

const JOBS = `
import { currentJob } from ${JSON.stringify(INDEX)}
export class SampleJob {
  process(...args) {
    console.log('got', args.length)
    return args
  }
  fail(message = 'no luck') {
    throw new TypeError(message)
  }
  flaky() {
    if (currentJob().attempt === 1) throw new Error('the first is no good')
    return 'second'
  }
  apart() {
    return 'in a thread'
  }
  async long() {
    await new Promise((resolve) => currentJob().signal.addEventListener('abort', resolve))
  }
}
`

const CONFIG = `
import { allow, defineOffstage } from ${JSON.stringify(INDEX)}
import { SampleJob } from './sample-job.js'
export default defineOffstage({
  database: 'sqlite:jobs.db',
  defaults: { isolation: 'inline', retries: 0, backoff: 0 },
  jobs: [allow(SampleJob, { process: {}, fail: {}, flaky: { retries: 3 }, long: {}, apart: { isolation: 'thread' } })],
  worker: { grace: '200ms', poll: '50ms' },
  schedules: {},
})
`

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A command that runs: a real process of the command line. */
export interface Running {
  child: ChildProcess
  ended: Promise<Ended>
  /** Resolves when stdout and stderr together contain the text; rejects when it ended without it. */
  said(text: string): Promise<void>
}

/** A temporary folder with a config module and jobs, to run the command line in. */
export class Project {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'offstage-cli-'))
  readonly #children = new Set<ChildProcess>()

  constructor() {
    this.write('sample-job.js', JOBS)
    this.write('offstage.config.js', CONFIG)
    this.write('package.json', '{"type":"module"}')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text)
  }

  /** Puts schedules into the config, as text: `nightly: ['0 3 * * *', SampleJob, 'process']`. */
  schedule(schedules: string, config = CONFIG): void {
    this.write('offstage.config.js', config.replace('schedules: {}', `schedules: { ${schedules} }`))
  }

  /** Makes a folder in it. */
  folderOf(name: string): void {
    mkdirSync(this.path(name), { recursive: true })
  }

  delete(name: string): void {
    rmSync(this.path(name))
  }

  start(args: readonly string[], env: Record<string, string> = {}): Running {
    return this.#spawn([MAIN, ...args], env)
  }

  /** Runs a program of the folder to its end. */
  node(file: string, ...args: string[]): Promise<Ended> {
    return this.#spawn([file, ...args], {}).ended
  }

  #spawn(args: readonly string[], env: Record<string, string>): Running {
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(OFFSTAGE|BACKGROUND_JOB|MAX_RE|VITEST|NODE_OPTIONS)/.test(key)),
    )
    const child = spawn(process.execPath, [...args], {
      cwd: this.folder,
      env: { ...clean, XDG_CACHE_HOME: CACHE, ...env },
      stdio: 'pipe',
    })
    this.#children.add(child)
    const output = { stdout: '', stderr: '' }
    const listeners = new Set<() => void>()
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
        for (const listener of listeners) listener()
      })
    }
    const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...output })))
    const said = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (`${output.stdout}${output.stderr}`.includes(text)) resolve()
        }
        listeners.add(look)
        void ended.then((end) => reject(new Error(`ended without saying ${text}: ${JSON.stringify(end)}`)))
        look()
      })
    return { child, ended, said }
  }

  /** Runs a command to its end. */
  run(...args: string[]): Promise<Ended> {
    return this.start(args).ended
  }

  /** Runs a command with --json and gives what it printed. */
  async json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run(...args, '--json')
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`)
    return JSON.parse(stdout)
  }

  /** Enqueues a job; its id. */
  async enqueue(...args: string[]): Promise<string> {
    return ((await this.json('run', ...args)) as { id: string }).id
  }

  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
