import { readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Servers } from './peers/server/peer.ts'

/** Where the servers are; a database of its own is made on PostgreSQL for each side, and dropped behind it. */
const POSTGRES = process.env.OFFSTAGE_BENCH_POSTGRES ?? 'postgres://root@127.0.0.1:5432/postgres'
const REDIS = process.env.OFFSTAGE_BENCH_REDIS ?? 'redis://127.0.0.1:6379'

/** Runs `use` on an empty PostgreSQL database. Server and peers run with the durability that they have by default. */
export async function onServers<Result>(use: (servers: Servers) => Promise<Result>): Promise<Result> {
  const name = `offstage_bench_${process.pid}`
  const url = new URL(POSTGRES)
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

async function administer(statement: string): Promise<void> {
  const client = new pg.Client(POSTGRES)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Processor time that the server's connections to this database have used so far, in seconds. Linux only. */
export async function serverSeconds(database: string): Promise<number> {
  return await secondsOf(await pidsOn(database))
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

export async function connectionsOf(database: string): Promise<number> {
  return (await pidsOn(database)).length
}

/** The server processes of the connections to a database, but the one that asks. */
async function pidsOn(database: string): Promise<number[]> {
  const name = new URL(database).pathname.slice(1)
  const client = new pg.Client(POSTGRES)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity where datname = $1', [name])
  await client.end()
  return rows.map(({ pid }) => pid)
}
