import type { MovedSchedule } from '../../../store/schedules.ts'
import { type Database, sql, table } from '../database.ts'
import { insertRows } from '../insert.ts'
import { columns, type Row, valuesOf } from '../schedule-rows.ts'

/** Who fires one at this moment is waited for; whoever comes later finds that the database is being moved. */
export async function take(database: Database): Promise<MovedSchedule[]> {
  return await database.transaction(async (tx) => {
    const rows = await tx.all<Row>(sql`select ${columns} from ${table.schedule} order by name ${tx.forUpdate}`)
    return rows.map((row) => ({ ...row }))
  })
}

export async function receive(database: Database, schedules: readonly MovedSchedule[]): Promise<number> {
  const moved = schedules as readonly unknown[] as readonly Row[]
  return await database.transaction(async (tx) => {
    const now = await tx.now()
    const rows = await tx.all<Row>(sql`select ${columns} from ${table.schedule} order by name ${tx.forUpdate}`)
    const known = new Map(rows.map((row) => [row.name, row]))
    const changed = moved.flatMap((row) => joined(row, known.get(row.name), now) ?? [])
    for (const { name } of changed) {
      if (known.has(name)) await tx.run(sql`delete from ${table.schedule} where name = ${name}`)
    }
    await insertRows(tx, sql`${table.schedule} (${columns})`, changed.map(valuesOf))
    return changed.length
  })
}

/** What becomes of one that comes to a database; undefined when it is there as it is to be. */
function joined(moved: Row, here: Row | undefined, now: number): Row | undefined {
  if (here === undefined) return moved
  // Since when there is one tells which it is: this one has come before, and went on here.
  if (here.created_at === moved.created_at) return isNewer(moved, here) ? moved : undefined
  const isTimed = here.cron === moved.cron && here.timezone === moved.timezone
  const hasFired = here.last_at !== null && here.last_at >= (moved.last_at ?? 0)
  return {
    ...here,
    paused: Math.max(here.paused, moved.paused),
    pause_reason: here.pause_reason ?? moved.pause_reason,
    next_at: !isTimed ? here.next_at : here.last_at === null ? moved.next_at : later(here.next_at, moved.next_at),
    last_at: hasFired ? here.last_at : moved.last_at,
    last_job: hasFired ? here.last_job : moved.last_job,
    created_at: moved.created_at,
    // So that nobody fires it as it was.
    updated_at: Math.max(now, here.updated_at + 1),
  }
}

function isNewer(moved: Row, here: Row): boolean {
  if (moved.next_at !== here.next_at) return later(moved.next_at, here.next_at) === moved.next_at
  return moved.updated_at > here.updated_at
}

/** Null is after all slots. */
function later(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b)
}

export async function letGo(database: Database, schedules: readonly MovedSchedule[]): Promise<number> {
  let gone = 0
  for (const { name, next_at: nextAt, updated_at: updatedAt } of schedules as readonly unknown[] as readonly Row[]) {
    const isNext = nextAt === null ? sql`next_at is null` : sql`next_at = ${nextAt}`
    gone += await database.run(
      sql`delete from ${table.schedule} where name = ${name} and updated_at = ${updatedAt} and ${isNext}`,
    )
  }
  return gone
}
