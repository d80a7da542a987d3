import { DatabaseSync } from 'node:sqlite'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { Transaction } from '../../src/store/transaction.ts'

/** An app's own table beside the jobs, and its own connection to it. */
export interface Orders extends AsyncDisposable {
  /** What is given to the enqueue. */
  tx: Transaction
  create(): Promise<void>
  begin(): Promise<unknown>
  insert(id: string): Promise<unknown>
  commit(): Promise<unknown>
  rollback(): Promise<unknown>
  ids(): Promise<string[]>
}

/** @param url The database of the jobs. */
export async function openOrders(url: string): Promise<Orders> {
  const scheme = url.slice(0, url.indexOf(':'))
  if (scheme === 'sqlite') return onSqlite(url.slice('sqlite:'.length))
  return await (scheme.startsWith('postgres') ? onPostgres(url) : onMysql(url))
}

function onSqlite(path: string): Orders {
  const raw = new DatabaseSync(path, { timeout: 30_000 })
  return {
    tx: raw,
    create: async () => raw.exec('create table if not exists orders (id text primary key)'),
    begin: async () => raw.exec('begin immediate'),
    insert: async (id) => raw.prepare('insert into orders (id) values (?)').run(id),
    commit: async () => raw.exec('commit'),
    rollback: async () => raw.exec('rollback'),
    ids: async () =>
      raw
        .prepare('select id from orders order by id')
        .all()
        .map(({ id }) => String(id)),
    [Symbol.asyncDispose]: async () => raw.close(),
  }
}

async function onPostgres(url: string): Promise<Orders> {
  const place = new URL(url)
  const table = `"${place.searchParams.get('schema')}".orders`
  place.search = ''
  const client = new pg.Client(place.href)
  await client.connect()
  return {
    tx: client,
    create: async () => void (await client.query(`create table if not exists ${table} (id text primary key)`)),
    begin: () => client.query('begin'),
    insert: (id) => client.query(`insert into ${table} (id) values ($1)`, [id]),
    commit: () => client.query('commit'),
    rollback: () => client.query('rollback'),
    ids: async () =>
      (await client.query<{ id: string }>(`select id from ${table} order by id`)).rows.map(({ id }) => id),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

async function onMysql(url: string): Promise<Orders> {
  const connection = await mysql.createConnection(url)
  return {
    tx: connection,
    create: async () => void (await connection.query('create table if not exists orders (id char(36) primary key)')),
    begin: () => connection.beginTransaction(),
    insert: (id) => connection.query('insert into orders (id) values (?)', [id]),
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    async ids() {
      const [rows] = await connection.query('select id from orders order by id')
      return (rows as { id: string }[]).map(({ id }) => id)
    },
    [Symbol.asyncDispose]: () => connection.end(),
  }
}
