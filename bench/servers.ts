import { readdir, readFile, readlink } from 'node:fs/promises'
import pg from 'pg'
import { OwnPostgres } from '../test/support/own-postgres.ts'
import type { Servers } from './peers/server/peer.ts'

/** Names the PostgreSQL server; where it is not set, a run starts one of its own. */
const POSTGRES = 'OFFSTAGE_BENCH_POSTGRES'
const REDIS = process.env.OFFSTAGE_BENCH_REDIS ?? 'redis://127.0.0.1:6379'

/**
 * Starts a PostgreSQL of the run's own: with the settings and the durability that it has by default, its autovacuum too,
 * and with nobody else on it. Resolves to what ends it.
 */
export async function startPostgres(): Promise<() => Promise<void>> {
  if (process.env[POSTGRES]) return async () => {}
  const server = await OwnPostgres.create(['shared_buffers=128MB'])
  process.env[POSTGRES] = server.url
  return async () => {
    delete process.env[POSTGRES]
    await server[Symbol.asyncDispose]()
  }
}

/** Runs `use` on an empty database, which is dropped behind it. */
export async function onServers<Result>(use: (servers: Servers) => Promise<Result>): Promise<Result> {
  const name = `offstage_bench_${process.pid}`
  const url = new URL(postgresUrl())
  await administer(`create database ${name}`)
  url.pathname = `/${name}`
  try {
    return await use({ postgres: url.href, redis: REDIS, name: 'bench' })
  } finally {
    // What a peer keeps open past its end is cut off, and complains of it.
    process.on('uncaughtException', () => {})
    await administer(`drop database ${name} with (force)`)
  }
}

/**
 * What a server that has been in use for a while has done by itself: looked at the rows and cleared away. Without it some
 * peers take three times as long for what was filled in a moment before.
 */
export async function lookOver(database: string): Promise<void> {
  const client = new pg.Client(database)
  await client.connect()
  await client.query('vacuum analyze')
  await client.end()
}

function postgresUrl(): string {
  const url = process.env[POSTGRES]
  if (url === undefined)
    throw new Error(`${POSTGRES} is not set: a measure that needs the server says \`postgres: true\``)
  return url
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client(postgresUrl())
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * Processor time that the server's connections to this database have used so far, in seconds. Linux only. To the
 * nanosecond: an idle one works for a fraction of a clock tick at a time, which is counted as a whole one or not at all.
 */
export async function serverSeconds(database: string): Promise<number> {
  let nanoseconds = 0
  for (const pid of await pidsOn(database)) {
    const [ran] = (await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '')).split(' ')
    nanoseconds += Number(ran ?? 0)
  }
  return nanoseconds / 1e9
}

/** Processor time that processes have used so far, in seconds. Linux only. */
export async function secondsOf(pids: readonly number[]): Promise<number> {
  let ticks = 0
  for (const pid of pids) {
    // After the command's name in parentheses: state is field 3, user and system time are 14 and 15.
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ') ?? []
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  }
  return ticks / 100
}

/** The children of this process whose command line names a file. Linux only. */
export async function childrenNamed(file: string): Promise<number[]> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').catch(() => '')
  const found: number[] = []
  for (const pid of children.split(' ').filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(file)) found.push(Number(pid))
  }
  return found
}

/** The server processes that a process has connections to, on this machine. Linux only. */
export async function backendsOf(pid: number, database: string): Promise<number[]> {
  const opened = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(opened.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  const sockets = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter(Boolean))
  const lines = (await readFile('/proc/net/tcp', 'utf8').catch(() => '')).split('\n').slice(1)
  // The second field is the own address and port, in hexadecimal; the tenth is the socket.
  const fields = lines.map((line) => line.trim().split(/\s+/)).filter((field) => sockets.has(field[9]))
  const ports = fields.map((field) => Number.parseInt(field[1]?.split(':')[1] ?? '0', 16))
  return await pidsOn(database, ports)
}

export async function connectionsOf(database: string): Promise<number> {
  return (await pidsOn(database)).length
}

/** The server processes of the connections to a database, but the one that asks; only those from some ports, if given. */
async function pidsOn(database: string, ports?: readonly number[]): Promise<number[]> {
  const name = new URL(database).pathname.slice(1)
  const client = new pg.Client(postgresUrl())
  await client.connect()
  const { rows } = await client.query<{ pid: number; port: number | null }>(
    'select pid, client_port as port from pg_stat_activity where datname = $1',
    [name],
  )
  await client.end()
  return rows.filter(({ port }) => ports?.includes(port ?? 0) ?? true).map(({ pid }) => pid)
}
