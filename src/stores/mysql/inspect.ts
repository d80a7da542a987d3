import { OffstageError } from '../../core/errors.ts'
import type { Inspection, ServerFacts } from '../../store/inspection.ts'
import { missingOf } from '../sql/columns.ts'
import { type Statement, sql, table } from '../sql/database.ts'
import { byHand } from '../sql/migrate.ts'
import { MysqlDatabase, tableName } from './database.ts'
import { columnsIn } from './migrate.ts'
import { migrations, tableKind } from './migrations.ts'
import { lackingRights, lackingToBegin } from './rights.ts'
import type { MysqlPlace } from './url.ts'

/** Jobs that are looked at, at most, to find the oldest and whether one has secrets; orphans are counted so far. */
const LOOKED_AT = 10_000
/** Bytes of one message that hold the largest arguments there are by default, in whatever signs. */
const ROOMY_PACKET = 4 * 1_024 * 1_024

/** Looks at a database without changing it. @throws OffstageError DATABASE_… */
export async function inspectMysql(place: MysqlPlace): Promise<Inspection> {
  const database = await MysqlDatabase.open({ ...place, connections: 1 })
  try {
    const known = migrations(database.collation)
    const version = await versionOf(database)
    // Of another version's tables, nothing is known.
    const isCurrent = version === known.at(-1)?.version
    const missing = isCurrent ? missingOf(known, await columnsIn(database)) : []
    const isWhole = isCurrent && missing.length === 0
    const contents = isWhole ? await contentsOf(database) : NO_CONTENTS
    const server = await serverFacts(database, place.database, { hasTables: isCurrent, isWhole })
    return {
      exists: true,
      version,
      missing,
      migrations: byHand(known, tableName, tableKind(database.collation)),
      file: undefined,
      ...contents,
      server,
    }
  } finally {
    await database.close()
  }
}

const NO_CONTENTS = { oldestReadyAt: undefined, handlers: [], hasSecrets: false }

async function versionOf(database: MysqlDatabase): Promise<number> {
  const text = sql`select max(version) as version from ${table.migration}`
  const rows = await database.all<{ version: number | null }>(text).catch((error: unknown) => {
    if (error instanceof OffstageError && error.code === 'SCHEMA_MISSING') return []
    throw error
  })
  return rows[0]?.version ?? 0
}

async function contentsOf(
  database: MysqlDatabase,
): Promise<Pick<Inspection, 'oldestReadyAt' | 'handlers' | 'hasSecrets'>> {
  // Paused queues are meant to wait.
  const open = await database.all<{ id: number }>(sql`select q.id from ${table.queue} q where q.paused = 0
    and (select 1 from ${table.ready} r where r.queue = q.id limit 1) = 1`)
  let oldestReadyAt: number | undefined
  for (const { id } of open) {
    const [oldest] = await database.all<{ at: number }>(sql`select min(run_at) as at from (
      select run_at from ${table.ready} where queue = ${id} order by "rank", run_at, id limit ${LOOKED_AT}) first_ones`)
    oldestReadyAt = Math.min(oldestReadyAt ?? Number.POSITIVE_INFINITY, oldest?.at ?? Number.POSITIVE_INFINITY)
  }
  const handlers = await database.all<{ class: string; method: string }>(
    sql`select class, method from ${table.handler}`,
  )
  const sealed = await database.all(sql`select 1 as found from (
      (select seq from ${table.ready} limit ${LOOKED_AT}) union all (select seq from ${table.delayed} limit ${LOOKED_AT})
    ) p where (select instr(j.args, '"$secret"') from ${table.job} j where j.seq = p.seq) > 0 limit 1`)
  return { oldestReadyAt, handlers, hasSecrets: sealed.length > 0 }
}

async function serverFacts(
  database: MysqlDatabase,
  name: string,
  { hasTables, isWhole }: { hasTables: boolean; isWhole: boolean },
): Promise<ServerFacts> {
  const [about] = await database.all<{ version: string; read_only: number }>(
    sql`select version() as version, @@global.read_only as read_only`,
  )
  const version = about?.version ?? ''
  const readOnly = about?.read_only === 1
  return {
    product: `${/mariadb/i.test(version) ? 'MariaDB' : 'MySQL'} ${/(\d+\.\d+\.\d+)(?!.*\d+\.\d+\.\d+)/.exec(version)?.[1]}`,
    place: database.place,
    readOnly,
    ...(await clockFacts(database)),
    unsafe: await unsafeSettings(database),
    connections: await connectionCount(database),
    longest: await longestTransaction(database),
    // It is told by the number of its old versions: see `dead`.
    oldest: undefined,
    dead: [...(await historyLength(database)), ...(hasTables ? await sizes(database) : [])],
    indexes: hasTables ? await brokenTables(database) : [],
    orphans: isWhole ? await orphanCount(database) : 0,
    // A server that is read-only refuses even to say how it would write.
    lacking: readOnly ? [] : await (hasTables ? lackingRights(database, name) : lackingToBegin(database, name)),
    hints: await hints(database),
  }
}

/** The best of some answers: what is late is the network's or the scheduler's doing. */
async function clockFacts(database: MysqlDatabase): Promise<{ roundTripMs: number; clockAheadMs: number }> {
  let best = { roundTripMs: Number.POSITIVE_INFINITY, clockAheadMs: 0 }
  for (let times = 0; times < 5; times++) {
    const sentAt = performance.now()
    const now = await database.now()
    const roundTripMs = performance.now() - sentAt
    if (roundTripMs < best.roundTripMs) best = { roundTripMs, clockAheadMs: now + roundTripMs / 2 - Date.now() }
  }
  return best
}

async function unsafeSettings(database: MysqlDatabase): Promise<ServerFacts['unsafe']> {
  const [row] = await database.all<{
    flush: number
    log_bin: number
    sync_binlog: number
    doublewrite: string | number
  }>(
    sql`select @@innodb_flush_log_at_trx_commit as flush, @@log_bin as log_bin, @@sync_binlog as sync_binlog,
      @@innodb_doublewrite as doublewrite`,
  )
  if (row === undefined) return []
  const unsafe: ServerFacts['unsafe'] = []
  const add = (setting: string, value: string | number, loses: string, safe: string) => {
    unsafe.push({ setting: `${setting} = ${value}`, loses, safe: `${setting} = ${safe}` })
  }
  if (row.flush !== 1) add('innodb_flush_log_at_trx_commit', row.flush, 'a crash takes the last moments', '1')
  if (row.log_bin === 1 && row.sync_binlog !== 1) {
    add('sync_binlog', row.sync_binlog, 'after a crash, replicas may lack the last moments', '1')
  }
  if (/^(0|off)$/i.test(String(row.doublewrite))) {
    add('innodb_doublewrite', 'OFF', 'a crash of its machine may damage the database', 'ON')
  }
  return unsafe
}

async function connectionCount(database: MysqlDatabase): Promise<ServerFacts['connections']> {
  const [status] = await database.all<{ Value: string }>(sql`show global status like 'Threads_connected'`)
  const [limit] = await database.all<{ most: number }>(sql`select @@max_connections as most`)
  if (status === undefined || limit === undefined) return undefined
  return { open: Number(status.Value), most: limit.most }
}

/** Of any program on the server: each keeps what is gone from being cleared away. */
async function longestTransaction(database: MysqlDatabase): Promise<ServerFacts['longest']> {
  // Its beginning is told in the time zone of the server's machine.
  const [row] = await ifAllowed<{ ms: number; who: string }>(
    database,
    sql`select timestampdiff(microsecond, t.trx_started, convert_tz(utc_timestamp(6), '+00:00', 'SYSTEM')) div 1000 as ms,
        concat(coalesce(p.user, 'somebody'), ' (connection ', t.trx_mysql_thread_id, ')') as who
      from information_schema.innodb_trx t left join information_schema.processlist p on p.id = t.trx_mysql_thread_id
      where t.trx_mysql_thread_id <> connection_id() order by t.trx_started limit 1`,
  )
  return row
}

/** Old versions of rows that are not cleared away yet, in all tables of the server. */
async function historyLength(database: MysqlDatabase): Promise<ServerFacts['dead']> {
  const [row] = await ifAllowed<{ length: number }>(
    database,
    sql`select "count" as length from information_schema.innodb_metrics where name = 'trx_rseg_history_len'`,
  )
  return row === undefined ? [] : [{ table: 'the history list', dead: row.length, live: 0 }]
}

/** Of the small hot tables, as far as the server has counted them lately. */
async function sizes(database: MysqlDatabase): Promise<ServerFacts['dead']> {
  const rows = await database.all<{ name: string; live: number; bytes: number }>(
    sql`select table_name as name, table_rows as live, data_length + index_length + data_free as bytes
      from information_schema.tables where table_schema = database()
        and table_name in ('offstage_ready', 'offstage_delayed', 'offstage_running')`,
  )
  return rows.map(({ name, live, bytes }) => ({ table: name, dead: 0, live, bytes }))
}

async function brokenTables(database: MysqlDatabase): Promise<string[]> {
  const tables = await database.all<{ name: string; engine: string | null }>(
    sql`select table_name as name, engine as engine from information_schema.tables where table_schema = database()`,
  )
  const indexes = await database.all<{ owner: string; name: string }>(
    sql`select distinct table_name as owner, index_name as name from information_schema.statistics
      where table_schema = database()`,
  )
  const engines = new Map(tables.map(({ name, engine }) => [name, engine]))
  const found = new Set(indexes.map(({ owner, name }) => `${owner} ${name}`))
  const wrong: string[] = []
  const needs = (of: string, index: string) => {
    if (!found.has(`${of} ${index}`)) wrong.push(`the index ${index} of ${of} is missing`)
  }
  for (const { statements } of migrations(database.collation)) {
    for (const statement of statements) {
      const added = /alter table (\w+) add key (\w+) \(/.exec(statement)
      if (added !== null && engines.has(added[1] as string)) needs(added[1] as string, added[2] as string)
      const name = /^create table if not exists (\w+)/.exec(statement)?.[1]
      if (name === undefined) continue
      if (!engines.has(name)) continue
      if (engines.get(name) !== 'InnoDB') wrong.push(`the table ${name} is not kept by InnoDB`)
      if (!found.has(`${name} PRIMARY`)) wrong.push(`the table ${name} has no primary key`)
      for (const [, index] of statement.matchAll(/\bkey (\w+) \(/g)) needs(name, index as string)
    }
  }
  return wrong
}

async function orphanCount(database: MysqlDatabase): Promise<number> {
  const now = await database.now()
  const [row] = await database.all<{ orphans: number }>(sql`select count(*) as orphans from (
    select 1 as held from ${table.running} r left join ${table.worker} w on w.lease = r.lease
    where w.lease is null or w.ended_at is not null or w.expires_at <= ${now} limit ${LOOKED_AT}) orphaned`)
  return row?.orphans ?? 0
}

async function hints(database: MysqlDatabase): Promise<ServerFacts['hints']> {
  const [row] = await database.all<{ packet: number; format: string; log_bin: number }>(
    sql`select @@max_allowed_packet as packet, @@binlog_format as format, @@log_bin as log_bin`,
  )
  const found: ServerFacts['hints'] = []
  if (row !== undefined && row.packet < ROOMY_PACKET) {
    const message = `max_allowed_packet = ${row.packet}: a job with large arguments or results may not fit`
    found.push({ check: 'packets', message, remedy: 'set max_allowed_packet to 16M or more on the server' })
  }
  if (row?.log_bin === 1 && row.format === 'STATEMENT') {
    const message = 'binlog_format = STATEMENT: nothing can be written under read committed'
    found.push({ check: 'replication', message, remedy: 'set binlog_format to ROW or MIXED on the server' })
  }
  return found
}

/** What only some users may see is nothing to those who may not. */
async function ifAllowed<Row>(database: MysqlDatabase, statement: Statement): Promise<Row[]> {
  try {
    return await database.all<Row>(statement)
  } catch (error) {
    if (error instanceof OffstageError && error.code === 'DATABASE_DENIED') return []
    throw error
  }
}
