import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { test } from 'vitest'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

/** PgBouncer refuses to run as root; this user is on every Linux. */
const NOBODY = 65_534
const asRoot = process.getuid?.() === 0
export const hasPgbouncer: boolean = spawnSync('pgbouncer', ['--version']).status === 0

/** Defines tests that need a real pooler, where there is one; where there is none, the end of the run says so. */
export function withPgbouncer(define: () => void): void {
  if (hasPgbouncer) {
    define()
    return
  }
  test('PgBouncer is there to test on', ({ task, skip }) => {
    task.meta.notReached = 'No pooler was tested: the program pgbouncer is not on the PATH'
    skip()
  })
}

/** A PgBouncer of a test's own, which gives each transaction another connection. On loopback, on a free port. */
export class OwnPgbouncer {
  readonly #port: number
  readonly #folder: string
  readonly #server: URL
  readonly #child: ChildProcess

  private constructor(port: number, folder: string, server: URL, child: ChildProcess) {
    this.#port = port
    this.#folder = folder
    this.#server = server
    this.#child = child
  }

  /**
   * @param connections To the server, which all clients share.
   * @param auth With `plain`, it asks for the user and the password of the server's URL.
   */
  static async before(serverUrl: string, connections: number, auth: 'any' | 'plain' = 'any'): Promise<OwnPgbouncer> {
    const server = new URL(serverUrl)
    const port = await freePort()
    const folder = mkdtempSync(join(tmpdir(), 'offstage-pgbouncer-'))
    const password = server.password === '' ? '' : ` password='${decodeURIComponent(server.password)}'`
    const target = `host=${server.hostname} port=${server.port || 5432} user=${decodeURIComponent(server.username)}`
    const users = join(folder, 'users')
    writeFileSync(users, `"${decodeURIComponent(server.username)}" "${decodeURIComponent(server.password)}"\n`)
    writeFileSync(
      join(folder, 'pgbouncer.ini'),
      `[databases]
* = ${target}${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = ${auth}
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 200
logfile = ${join(folder, 'log')}
`,
    )
    if (asRoot) for (const path of [folder, users]) chownSync(path, NOBODY, NOBODY)
    chmodSync(join(folder, 'pgbouncer.ini'), 0o644)
    const who = asRoot ? { uid: NOBODY, gid: NOBODY } : {}
    const child = spawn('pgbouncer', ['-q', join(folder, 'pgbouncer.ini')], { ...who, stdio: 'ignore' })
    const pooler = new OwnPgbouncer(port, folder, server, child)
    await until('PgBouncer answers', () => pooler.#answers())
    return pooler
  }

  /** The same as another URL says, through the pooler. */
  url(direct = this.#server.href): string {
    const url = new URL(direct)
    url.hostname = '127.0.0.1'
    url.port = String(this.#port)
    return url.href
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url() })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } finally {
      await client.end().catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
