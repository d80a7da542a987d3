import type { Inspection, ServerFacts } from '../../store/inspection.ts'
import { missingOf } from '../sql/columns.ts'
import { heldRows } from './ahead.ts'
import { PostgresDatabase } from './database.ts'
import { versionOf } from './migrate.ts'
import { migrations } from './migrations.ts'
import { lackingRights } from './rights.ts'
import { type PostgresPlace, shownPlace } from './url.ts'

/** Jobs that are looked at, at most, to find the oldest and whether one has secrets. */
const LOOKED_AT = 10_000
/** Orphans are counted so far. */
const COUNTED = 10_000

/** Looks at a database without changing it. @throws OffstageError DATABASE_… */
export async function inspectPostgres(place: PostgresPlace): Promise<Inspection> {
  const database = new PostgresDatabase({ ...place, connections: 1 })
  try {
    const look = new Look(database)
    const version = await versionOf(database)
    const known = migrations(place.schema, version === 0)
    // Of another version's tables, nothing is known.
    const isCurrent = version === known.at(-1)?.version
    const missing = isCurrent ? missingOf(known, await look.columns()) : []
    const isWhole = isCurrent && missing.length === 0
    const contents = isWhole ? await look.contents() : NO_CONTENTS
    const base = { exists: true, version, missing, migrations: known, file: undefined }
    return { ...base, ...contents, server: await look.server(isCurrent, isWhole) }
  } finally {
    await database.close()
  }
}

/** By the setting, or by its value where that is worse than off. */
const LOSES: Readonly<Record<string, string>> = {
  synchronous_commit: 'a crash of the server takes the last moments',
  local: 'a failover to the standby takes the last moments',
}

const NO_CONTENTS = { oldestReadyAt: undefined, handlers: [], hasSecrets: false }

class Look {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Those that this user may not use, too. */
  async columns(): Promise<{ owner: string; name: string }[]> {
    return await this.#all(
      `select c.relname as owner, a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
      this.#database.place.schema,
    )
  }

  async contents(): Promise<Pick<Inspection, 'oldestReadyAt' | 'handlers' | 'hasSecrets'>> {
    // Paused queues are meant to wait.
    const [oldest] = await this.#all<{ at: number | null }>(`select min(r.run_at) as at
      from {queue} q cross join lateral (
        select run_at from {ready} where queue = q.id order by "rank", run_at limit ${LOOKED_AT}
      ) r where q.paused = 0`)
    const handlers = await this.#all<{ class: string; method: string }>('select class, method from {handler}')
    const sealed = await this.#all(`select 1 from (
        (select seq from {ready} limit ${LOOKED_AT}) union all (select seq from {delayed} limit ${LOOKED_AT})
      ) p where (select strpos(j.args, '"$secret"') from {job} j where j.seq = p.seq) > 0 limit 1`)
    return { oldestReadyAt: oldest?.at ?? undefined, handlers, hasSecrets: sealed.length > 0 }
  }

  async server(hasTables: boolean, isWhole: boolean): Promise<ServerFacts> {
    const { roundTripMs, clockAheadMs } = await this.#clock()
    const [about] = await this.#all<{ version: string; read_only: boolean }>(`select
      current_setting('server_version') as version, current_setting('transaction_read_only') = 'on' as read_only`)
    return {
      product: `PostgreSQL ${about?.version.split(' ')[0]}`,
      place: shownPlace(this.#database.place),
      readOnly: about?.read_only ?? false,
      roundTripMs,
      clockAheadMs,
      unsafe: await this.#unsafe(),
      connections: await this.#connections(),
      longest: await this.#longest(),
      oldest: await this.#oldest(),
      dead: hasTables ? await this.#dead() : [],
      indexes: hasTables ? await this.#indexes() : [],
      orphans: isWhole ? await this.#orphans() : 0,
      lacking: await lackingRights(this.#database, hasTables),
      hints: [...(await this.#pooler()), ...(await this.#upkeep())],
    }
  }

  /** The best of some answers: what is late is the network's or the scheduler's doing. */
  async #clock(): Promise<{ roundTripMs: number; clockAheadMs: number }> {
    let best = { roundTripMs: Number.POSITIVE_INFINITY, clockAheadMs: 0 }
    for (let times = 0; times < 5; times++) {
      const sentAt = performance.now()
      const now = await this.#database.now()
      const roundTripMs = performance.now() - sentAt
      if (roundTripMs < best.roundTripMs) best = { roundTripMs, clockAheadMs: now + roundTripMs / 2 - Date.now() }
    }
    return best
  }

  async #unsafe(): Promise<ServerFacts['unsafe']> {
    const rows = await this.#all<{ name: string; setting: string }>(`select name, setting from pg_settings
      where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
        or name = 'synchronous_commit' and setting = 'local' and current_setting('synchronous_standby_names') <> ''`)
    return rows.map(({ name, setting }) => ({
      setting: `${name} = ${setting}`,
      loses: LOSES[setting === 'local' ? 'local' : name] ?? 'a crash of its machine may damage the database',
      safe: `${name} = on`,
    }))
  }

  /** Of the whole server, or of this user or database alone where these have a limit that is nearer. */
  async #connections(): Promise<ServerFacts['connections']> {
    const [row] = await this.#all<{ open: number; most: number }>(`select open, most from (
        select (select sum(numbackends) from pg_stat_database) as open, current_setting('max_connections')::int
          - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true), '0')::int as most
        union all
        select (select count(*) from pg_stat_activity where usesysid = u.oid), u.rolconnlimit
        from pg_roles u where u.rolname = current_user
        union all
        select (select count(*) from pg_stat_activity where datid = d.oid), d.datconnlimit
        from pg_database d where d.datname = current_database()
      ) limits where most > 0 order by open::float / most desc limit 1`)
    return row
  }

  /** Of what keeps rows from being cleared away. What others do, only some users may see. */
  async #longest(): Promise<ServerFacts['longest']> {
    const [row] = await this.#all<{ ms: number; who: string }>(`select
        floor(extract(epoch from clock_timestamp() - began) * 1000) as ms, who from (
        select xact_start as began, coalesce(nullif(application_name, ''), usename, 'somebody') || ' (' || state || ')' as who
        from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
          and backend_type = 'client backend'
        union all
        select prepared, 'the prepared transaction ' || gid from pg_prepared_xacts where database = current_database()
      ) open order by began limit 1`)
    return row
  }

  /** What holds back the oldest state of the rows, and how many transactions ago that was. */
  async #oldest(): Promise<ServerFacts['oldest']> {
    const [row] = await this.#all<{ transactions: number; who: string }>(`select age as transactions, who from (
        select age(backend_xmin) as age, coalesce(nullif(application_name, ''), usename, 'somebody') as who
        from pg_stat_activity where pid <> pg_backend_pid() and backend_xmin is not null
          and (datid is null or datname = current_database()) and backend_type <> 'autovacuum worker'
        union all
        select age(xmin), 'the replication slot ' || slot_name from pg_replication_slots where xmin is not null
        union all
        select age(transaction), 'the prepared transaction ' || gid
        from pg_prepared_xacts where database = current_database()
      ) held order by age desc limit 1`)
    return row
  }

  async #dead(): Promise<ServerFacts['dead']> {
    return await this.#all<{ table: string; dead: number; live: number; bytes: number }>(
      `select relname as "table", n_dead_tup as dead, n_live_tup as live, pg_total_relation_size(relid) as bytes
       from pg_stat_user_tables where schemaname = $1 and relname in ('ready', 'delayed', 'running', 'ahead', 'staged')`,
      this.#database.place.schema,
    )
  }

  /** A pooler tells its clients of a server's process that is none: what hands out connections is seen by that. */
  async #pooler(): Promise<ServerFacts['hints']> {
    const { pool, place } = this.#database
    if (!place.prepare && !place.notify) return []
    const isPooled = await pool.use(async (session) => {
      const { rows } = await session.query('select pg_backend_pid() as pid', [], place.timeoutMs)
      return (rows[0] as { pid: number }).pid !== session.pid
    })
    if (!isPooled) return []
    return [
      {
        check: 'pooler',
        message: 'a pooler stands before the server',
        remedy:
          'where it gives each transaction another connection, add prepare=false&notify=false to the database URL',
      },
    ]
  }

  async #upkeep(): Promise<ServerFacts['hints']> {
    const rows = await this.#all<{ name: string }>(
      "select name from pg_settings where name in ('autovacuum', 'track_counts') and setting = 'off'",
    )
    return rows.map(({ name }) => ({
      check: 'tables',
      message: `${name} = off: nobody clears away what is gone`,
      remedy: `set ${name} = on on the server`,
    }))
  }

  async #indexes(): Promise<string[]> {
    const { schema } = this.#database.place
    const tables = await this.#all<{ name: string; keyed: boolean }>(
      `select c.relname as name, exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as keyed
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relkind in ('r', 'p')`,
      schema,
    )
    const indexes = await this.#all<{ name: string; valid: boolean }>(
      `select c.relname as name, i.indisvalid as valid from pg_index i
       join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1`,
      schema,
    )
    const keyed = new Map(tables.map((table) => [table.name, table.keyed]))
    const names = new Set(indexes.map(({ name }) => name))
    const wrong = indexes.filter(({ valid }) => !valid).map(({ name }) => `the index ${name} was not built to its end`)
    for (const text of migrations(schema).flatMap(({ statements }) => statements)) {
      const table = /^create table "\w+"\."(\w+)"/.exec(text)?.[1]
      const index = /^create (?:unique )?index (?:concurrently )?(?:if not exists )?(\w+)/.exec(text)?.[1]
      if (index !== undefined && !names.has(index)) wrong.push(`the index ${index} is missing`)
      if (table === undefined) continue
      if (keyed.get(table) === false) wrong.push(`the table ${table} has no primary key`)
    }
    return wrong
  }

  async #orphans(): Promise<number> {
    const [row] = await this.#all<{ orphans: number }>(`select count(*) as orphans from (
      select 1 from ${heldRows.text} r where not exists (
        select from {worker} w where w.lease = r.lease and w.ended_at is null
          and w.expires_at > ${this.#database.clockSql('null')}
      ) limit ${COUNTED}) held`)
    return row?.orphans ?? 0
  }

  async #all<Row>(text: string, ...values: string[]): Promise<Row[]> {
    const { pool, longPatience } = this.#database
    return await pool.use(async (session) => {
      return (await session.query(this.#database.named(text), values, longPatience)).rows as Row[]
    })
  }
}
