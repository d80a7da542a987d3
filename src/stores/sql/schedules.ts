import { OffstageError } from '../../core/errors.ts'
import type { Enqueued } from '../../core/job.ts'
import type { Schedule } from '../../core/schedule.ts'
import { shownArgs } from '../../core/secret.ts'
import type {
  DuePage,
  DueSchedule,
  Firing,
  MovedSchedule,
  ScheduleStore,
  ScheduleTerms,
} from '../../store/schedules.ts'
import { type Connection, type Database, sql, table, type Value } from './database.ts'
import { insertRows } from './insert.ts'
import { departure } from './move/departure.ts'
import { type StoreJobs, storeJobs } from './tx/store-jobs.ts'

interface Row {
  name: string
  class: string
  method: string
  args: string
  options: string
  cron: string
  timezone: string
  missed: Schedule['missed']
  overlap: Schedule['overlap']
  declared: number
  paused: number
  pause_reason: string | null
  next_at: number | null
  last_at: number | null
  last_job: string | null
  created_at: number
  updated_at: number
}

const TERMS = ['class', 'method', 'args', 'options', 'cron', 'timezone', 'missed', 'overlap', 'declared'] as const
const COLUMNS = [
  'name',
  ...TERMS,
  'paused',
  'pause_reason',
  'next_at',
  'last_at',
  'last_job',
  'created_at',
  'updated_at',
] as const satisfies readonly (keyof Row)[]
const columns = { text: COLUMNS.join(', '), values: [] }

/**
 * The schedules of any database.
 * @param dialect How jobs are stored inside a transaction.
 * @param telling Tells those who run jobs that there are new ones.
 */
export function createScheduleStore(
  database: Database,
  dialect: StoreJobs,
  telling: <Result>(work: Promise<Result>) => Promise<Result>,
): ScheduleStore {
  return {
    list: async () => {
      const rows = await database.all<Row>(sql`select ${columns} from ${table.schedule}`)
      // Ordered here: each database has its own order of texts.
      return rows.sort((a, b) => (a.name < b.name ? -1 : 1)).map(toSchedule)
    },
    get: async (name) => {
      const row = await find(database, name)
      return row && toSchedule(row)
    },
    terms: async (name) => {
      const row = await find(database, name)
      return row && toTerms(row)
    },
    now: () => database.now(),
    set: (terms, nextAt) => set(database, terms, nextAt),
    remove: async (name) => (await database.run(sql`delete from ${table.schedule} where name = ${name}`)) > 0,
    setPaused: async (name, paused, { reason, nextAt }) => {
      const at = await database.now()
      const next = paused ? sql`` : sql`, next_at = ${nextAt ?? null}`
      const found = await database.run(sql`update ${table.schedule} set paused = ${paused ? 1 : 0},
        pause_reason = ${reason ?? null}, updated_at = ${at} ${next} where name = ${name}`)
      return found > 0
    },
    due: (limit, after) => due(database, limit, after),
    fire: (firings) => telling(fire(database, dialect, firings)),
    take: () => take(database),
    receive: (schedules) => receive(database, schedules),
  }
}

async function find(connection: Connection, name: string, held = sql``): Promise<Row | undefined> {
  const [row] = await connection.all<Row>(sql`select ${columns} from ${table.schedule} where name = ${name} ${held}`)
  return row
}

async function set(database: Database, terms: ScheduleTerms, nextAt: number | undefined) {
  const store = () =>
    database.transaction(async (tx) => {
      const now = await tx.now()
      const known = await find(tx, terms.name, tx.forUpdate)
      if (known === undefined) {
        await insertRows(tx, sql`${table.schedule} (${columns})`, [valuesOf(rowOf(terms, nextAt, now))])
        return 'created'
      }
      const isTimed = known.cron === terms.cron && known.timezone === terms.timezone
      if (isTimed && TERMS.every((name) => known[name] === rowOf(terms, nextAt, now)[name])) return 'unchanged'
      const { class: className, method, args, options, cron, timezone, missed, overlap, declared } = terms
      await tx.run(sql`update ${table.schedule} set class = ${className}, method = ${method}, args = ${args},
        options = ${options}, cron = ${cron}, timezone = ${timezone}, missed = ${missed}, overlap = ${overlap},
        declared = ${declared ? 1 : 0}, updated_at = ${now},
        next_at = ${isTimed ? known.next_at : (nextAt ?? null)} where name = ${terms.name}`)
      return 'changed'
    })
  try {
    return await store()
  } catch (error) {
    // Of two who add it at once, the second is refused, and finds that of the first.
    if (error instanceof OffstageError || (await find(database, terms.name)) === undefined) throw error
    return await store()
  }
}

const behind = ({ nextAt, name }: Pick<DueSchedule, 'name' | 'nextAt'>) =>
  sql`and (next_at > ${nextAt} or (next_at = ${nextAt} and name > ${name}))`

async function due(database: Database, limit: number, after?: Pick<DueSchedule, 'name' | 'nextAt'>): Promise<DuePage> {
  const now = await database.now()
  const rows = await database.all<Row>(sql`select ${columns} from ${table.schedule}
    where paused = 0 and next_at is not null ${after === undefined ? sql`` : behind(after)}
    order by next_at, name limit ${limit + 1}`)
  const isDue = ({ next_at: nextAt }: Row) => (nextAt as number) <= now
  const next = rows.find((row) => !isDue(row))?.next_at ?? undefined
  const schedules = rows.filter(isDue).slice(0, limit)
  const isMoved = schedules.length > 0 && (await departure(database)) !== undefined
  return {
    schedules: isMoved ? [] : schedules.map(toDue),
    now,
    nextInMs: next === undefined ? undefined : next - now,
  }
}

/** Thrown to undo what was begun. */
class Moved extends Error {}

async function fire(database: Database, dialect: StoreJobs, firings: readonly Firing[]) {
  try {
    return await database.transaction(async (tx) => {
      const ours: boolean[] = []
      // In one order everywhere, so that those who fire the same ones wait for each other, and not in a circle.
      for (const firing of firings) ours.push(await goOn(tx, firing))
      // Looked for with the rows held: who moves the schedules has either waited for this, or will be seen here.
      if ((await departure(tx)) !== undefined) throw new Moved()
      const jobs = firings.flatMap((firing, i) => (ours[i] ? firing.jobs : []))
      const stored = jobs.length === 0 ? [] : await storeJobs(dialect, tx, jobs)
      const told = firings.map((firing, i) => (ours[i] ? stored.splice(0, firing.jobs.length) : undefined))
      for (const [i, firing] of firings.entries()) await nameHolder(tx, firing, told[i])
      return told
    })
  } catch (error) {
    if (error instanceof Moved) return firings.map(() => undefined)
    throw error
  }
}

/** A unique job that was there before is the schedule's last one, too: the one that was to be stored does not exist. */
async function nameHolder(tx: Connection, { of, jobs }: Firing, told: readonly Enqueued[] | undefined): Promise<void> {
  const [meant, holder] = [jobs.at(-1)?.id, told?.at(-1)?.id]
  if (holder === undefined || holder === meant) return
  await tx.run(sql`update ${table.schedule} set last_job = ${holder} where name = ${of.name}`)
}

/** True when it was as it had been read. */
async function goOn(tx: Connection, { of, slot, jobs, nextAt }: Firing): Promise<boolean> {
  const last = slot === undefined ? sql`` : sql`, last_at = ${slot}, last_job = ${jobs.at(-1)?.id ?? null}`
  const found = await tx.run(sql`update ${table.schedule} set next_at = ${nextAt ?? null} ${last}
    where name = ${of.name} and next_at = ${of.nextAt} and updated_at = ${of.updatedAt} and paused = 0`)
  return found > 0
}

/** Who fires one at this moment is waited for; whoever comes later finds that the database is being moved. */
async function take(database: Database): Promise<MovedSchedule[]> {
  return await database.transaction(async (tx) => {
    const rows = await tx.all<Row>(sql`select ${columns} from ${table.schedule} order by name ${tx.forUpdate}`)
    return rows.map((row) => ({ ...row }))
  })
}

async function receive(database: Database, schedules: readonly MovedSchedule[]): Promise<number> {
  return await database.transaction(async (tx) => {
    const known = await tx.all<Pick<Row, 'name' | 'next_at'>>(
      sql`select name, next_at from ${table.schedule} order by name ${tx.forUpdate}`,
    )
    const comeTo = new Map(known.map(({ name, next_at: nextAt }) => [name, nextAt ?? Number.POSITIVE_INFINITY]))
    const further = (schedules as readonly unknown[] as readonly Row[]).filter(
      ({ name, next_at: nextAt }) =>
        (nextAt ?? Number.POSITIVE_INFINITY) > (comeTo.get(name) ?? Number.NEGATIVE_INFINITY),
    )
    for (const { name } of further) await tx.run(sql`delete from ${table.schedule} where name = ${name}`)
    await insertRows(tx, sql`${table.schedule} (${columns})`, further.map(valuesOf))
    return further.length
  })
}

function rowOf(terms: ScheduleTerms, nextAt: number | undefined, now: number): Row {
  return {
    ...terms,
    declared: terms.declared ? 1 : 0,
    paused: 0,
    pause_reason: null,
    next_at: nextAt ?? null,
    last_at: null,
    last_job: null,
    created_at: now,
    updated_at: now,
  }
}

function valuesOf(row: Row): Value[] {
  return COLUMNS.map((name) => row[name])
}

function toTerms(row: Row): ScheduleTerms {
  const { name, class: className, method, args, options, cron, timezone, missed, overlap, declared } = row
  return { name, class: className, method, args, options, cron, timezone, missed, overlap, declared: declared === 1 }
}

function toDue(row: Row): DueSchedule {
  return { ...toTerms(row), nextAt: row.next_at as number, lastJobId: row.last_job, updatedAt: row.updated_at }
}

function toSchedule(row: Row): Schedule {
  const { args, options, ...terms } = toTerms(row)
  return {
    ...terms,
    args: JSON.parse(shownArgs(args)),
    options: JSON.parse(options),
    paused: row.paused === 1,
    pauseReason: row.pause_reason,
    nextAt: dateOf(row.next_at),
    lastAt: dateOf(row.last_at),
    lastJobId: row.last_job,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
