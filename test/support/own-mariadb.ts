import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { describe, test } from 'vitest'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

/** The server would not run as root unless it is told to. */
const who = process.getuid?.() === 0 ? ['--user=root'] : []

const PROGRAMS = ['mariadb-install-db', 'mariadbd']

/** Defines tests that need a server of their own, where one can be started; where none can, the end of the run says so. */
export function withOwnMariadb(what: string, define: () => void): void {
  const missing = PROGRAMS.filter((program) => spawnSync(program, ['--help']).error !== undefined)
  describe(what, () => {
    if (missing.length === 0) {
      define()
      return
    }
    test('MariaDB can be started here', ({ task, skip }) => {
      task.meta.notReached = `MariaDB was not tested with servers of the tests' own: ${missing.join(' and ')} not on the PATH`
      skip()
    })
  })
}

/** A MariaDB server of a test's own, to be stopped, killed and set as no other may be. On loopback, on a free port. */
export class OwnMariadb {
  readonly port: number
  readonly #folder: string
  readonly #settings: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#settings = settings
  }

  /** With an empty database `app`. @param settings As in `max_connections=12`. */
  static async create(settings: readonly string[] = []): Promise<OwnMariadb> {
    const server = await OwnMariadb.#started(settings)
    await server.query('create database app')
    return server
  }

  static async #started(settings: readonly string[]): Promise<OwnMariadb> {
    const server = new OwnMariadb(await freePort(), mkdtempSync(join(tmpdir(), 'offstage-mariadb-')), settings)
    const made = spawnSync(
      'mariadb-install-db',
      [
        '--no-defaults',
        `--datadir=${server.#data}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        ...who,
      ],
      { encoding: 'utf8', env: server.#env },
    )
    if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stdout} ${made.stderr}`)
    await server.start()
    return server
  }

  /** What {@link replica} needs of the server that it is one of. */
  static readonly PRIMARY: readonly string[] = ['server-id=1', 'log-bin=binlog']

  /** A replica of this server, which waits for it with each commit from then on: what was acknowledged is on both. */
  async replica(): Promise<OwnMariadb> {
    const replica = await OwnMariadb.#started(['server-id=2', 'log-bin=binlog', 'rpl-semi-sync-slave-enabled=ON'])
    await replica.query(`change master to master_host = '127.0.0.1', master_port = ${this.port}, master_user = 'root',
      master_use_gtid = slave_pos`)
    await replica.query('start slave')
    await this.query('set global rpl_semi_sync_master_timeout = 600000')
    await this.query("set global rpl_semi_sync_master_wait_point = 'AFTER_SYNC'")
    await this.query('set global rpl_semi_sync_master_enabled = ON')
    await until('the replica is waited for', async () => {
      const [row] = await this.query<{ Value: string }>("show status like 'Rpl_semi_sync_master_clients'")
      return row?.Value === '1'
    })
    return replica
  }

  /** Makes a replica whose primary is gone a server of its own, once it has done all that it was sent. */
  async promote(): Promise<void> {
    await this.query('stop slave io_thread')
    await until('it has done all', async () => {
      const [row] = await this.query<Record<string, unknown>>('show slave status')
      return row?.Read_Master_Log_Pos === row?.Exec_Master_Log_Pos && row?.Slave_SQL_Running === 'Yes'
    })
    await this.query('stop slave')
    await this.query('reset slave all')
  }

  get url(): string {
    return `mysql://root@127.0.0.1:${this.port}/app`
  }

  get #data(): string {
    return join(this.#folder, 'data')
  }

  /** A server that starts clears away what others keep in a folder for temporary files that it shares with them. */
  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, TMPDIR: this.#folder }
  }

  /** @param settings For this time only. */
  async start(settings: readonly string[] = []): Promise<void> {
    this.#child = spawn(
      'mariadbd',
      [
        '--no-defaults',
        `--datadir=${this.#data}`,
        `--port=${this.port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(this.#folder, 'socket')}`,
        '--innodb-buffer-pool-size=32M',
        ...[...this.#settings, ...settings].map((setting) => `--${setting}`),
        ...who,
      ],
      { stdio: 'ignore', env: this.#env },
    )
    await until('MariaDB answers', () => this.query('select 1'), 60_000)
  }

  /** Ends it: in good order, or with SIGKILL as a machine does that loses its power. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  /** As the administrator. */
  async query<Row>(text: string): Promise<Row[]> {
    const connection = await mysql.createConnection({ host: '127.0.0.1', port: this.port, user: 'root' })
    try {
      const [rows] = await connection.query({ sql: text })
      return rows as Row[]
    } finally {
      await connection.end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
