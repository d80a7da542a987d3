import { OffstageError } from '../../core/errors.ts'
import type { Enqueued } from '../../core/job.ts'
import type { DuePage, DueSchedule, Firing, ScheduleStore, ScheduleTerms } from '../../store/schedules.ts'
import { type Connection, type Database, type Statement, sql, table } from './database.ts'
import { insertRows } from './insert.ts'
import { departure } from './move/departure.ts'
import { letGo, receive, take } from './move/schedules.ts'
import { columns, type Row, rowOf, TERMS, toDue, toSchedule, toTerms, valuesOf } from './schedule-rows.ts'
import { type StoreJobs, storeJobs } from './tx/store-jobs.ts'

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
    letGo: (schedules) => letGo(database, schedules),
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
  const further = after === undefined ? sql`` : behind(after)
  const first = async (condition: Statement) => {
    const [row] = await database.all<{ next_at: number }>(sql`select next_at from ${table.schedule}
      where paused = 0 and next_at is not null ${condition} order by next_at, name limit 1`)
    return row?.next_at
  }
  // Asked every second, and mostly there is nothing: the clock and whole rows are asked for only where there is something.
  const earliest = await first(further)
  const now = earliest === undefined ? 0 : await database.now()
  if (earliest === undefined || earliest > now) {
    return { schedules: [], now, nextInMs: earliest === undefined ? undefined : earliest - now }
  }
  const rows = await database.all<Row>(sql`select ${columns} from ${table.schedule}
    where paused = 0 and next_at <= ${now} ${further} order by next_at, name limit ${limit}`)
  const next = rows.length < limit ? await first(sql`and next_at > ${now}`) : undefined
  const isMoved = (await departure(database)) !== undefined
  return {
    schedules: isMoved ? [] : rows.map(toDue),
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
