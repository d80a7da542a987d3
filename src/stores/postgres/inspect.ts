import type { Inspection, ServerFacts } from '../../store/inspection.ts'
import { PostgresDatabase } from './database.ts'
import { versionOf } from './migrate.ts'
import { migrations } from './migrations.ts'
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
    const known = migrations(place.schema)
    const base = { exists: true, version, migrations: known, file: undefined }
    const isCurrent = version === known.at(-1)?.version
    // Of another version's tables, nothing is known.
    const contents = isCurrent ? await look.contents() : NO_CONTENTS
    return { ...base, ...contents, server: await look.server(isCurrent) }
  } finally {
    await database.close()
  }
}

const NO_CONTENTS = { oldestReadyAt: undefined, handlers: [], hasSecrets: false }

class Look {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
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

  async server(hasTables: boolean): Promise<ServerFacts> {
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
      dead: hasTables ? await this.#dead() : [],
      indexes: hasTables ? await this.#indexes() : [],
      orphans: hasTables ? await this.#orphans() : 0,
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
      where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'`)
    return rows.map(({ name }) => ({
      setting: `${name} = off`,
      loses:
        name === 'synchronous_commit'
          ? 'a crash of the server takes the last moments'
          : 'a crash of its machine may damage the database',
      safe: `${name} = on`,
    }))
  }

  async #connections(): Promise<ServerFacts['connections']> {
    const [row] = await this.#all<{ open: number; most: number }>(`select
      (select sum(numbackends) from pg_stat_database) as open,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`)
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

  async #dead(): Promise<ServerFacts['dead']> {
    return await this.#all<{ table: string; dead: number; live: number }>(
      `select relname as "table", n_dead_tup as dead, n_live_tup as live from pg_stat_user_tables
       where schemaname = $1 and relname in ('ready', 'delayed', 'running')`,
      this.#database.place.schema,
    )
  }

  async #indexes(): Promise<string[]> {
    const { schema } = this.#database.place
    const found = await this.#all<{ name: string; valid: boolean }>(
      `select c.relname as name, i.indisvalid as valid from pg_index i
       join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1`,
      schema,
    )
    const texts = migrations(schema).flatMap(({ statements }) => statements)
    const named = texts.map(
      (text) => /^create (?:unique )?index (?:concurrently )?(?:if not exists )?(\w+)/.exec(text)?.[1],
    )
    const names = new Set(found.map(({ name }) => name))
    return [
      ...found.filter(({ valid }) => !valid).map(({ name }) => `the index ${name} was not built to its end`),
      ...named.filter((name) => name !== undefined && !names.has(name)).map((name) => `the index ${name} is missing`),
    ]
  }

  async #orphans(): Promise<number> {
    const [row] = await this.#all<{ orphans: number }>(`select count(*) as orphans from (
      select 1 from {running} r where not exists (
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
