import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JobDetail, Offstage } from '../../src/index.ts'
import { type Ended, type Spawned, spawned } from '../support/spawned.ts'
import { define } from './fixtures/leaky-config.ts'
import type { Enqueue } from './fixtures/leaky-jobs.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const CONFIG = new URL('fixtures/leaky-config.ts', import.meta.url).href

/** An app of leaky jobs in a folder of its own, with real workers and the real command line. */
export class LeakyApp {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'offstage-secrets-'))
  readonly offstage: Offstage
  readonly #children: Spawned[] = []

  constructor() {
    writeFileSync(join(this.folder, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(this.folder, 'offstage.config.ts'),
      `import { define } from ${JSON.stringify(CONFIG)}\nexport default define(import.meta.dirname)\n`,
    )
    this.offstage = define(this.folder, { format: 'json' })
  }

  /** A command with its whole output kept in the folder, where it is searched too. */
  command(args: readonly string[], key?: string): Spawned {
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(OFFSTAGE|BACKGROUND_JOB|MAX_RE|VITEST|NODE_OPT)/.test(name)),
    )
    const env = key === undefined ? clean : { ...clean, OFFSTAGE_SECRET_KEY: key }
    const child = spawned(
      spawn(process.execPath, [MAIN, ...args], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    this.#children.push(child)
    return child
  }

  async worker(key?: string): Promise<Spawned> {
    const worker = this.command(['start', '--json'], key)
    await worker.event(({ event, state }) => event === 'worker' && state === 'started')
    return worker
  }

  async enqueue(target: string, method: string, args: unknown[]): Promise<string> {
    return (await (this.offstage.runBackgroundJob as unknown as Enqueue)(target, method, args)).id
  }

  async wait(id: string): Promise<JobDetail> {
    return await this.offstage.jobs.wait(id, { timeout: '60s' })
  }

  /** Every file of the folder, and all that every command has printed. */
  everything(): { name: string; content: Buffer }[] {
    const names = readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    return [
      ...names.map((name) => ({ name, content: readFileSync(name) })),
      ...this.#children.map(({ lines, stderr, child }) => ({
        name: child.spawnargs.slice(1).join(' '),
        content: Buffer.from(`${lines.join('\n')}\n${stderr()}`),
      })),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async ({ child, ended }): Promise<Ended> => {
        child.kill('SIGKILL')
        return await ended
      }),
    )
    await this.offstage.close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
