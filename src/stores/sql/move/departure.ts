import { randomUUID } from 'node:crypto'
import { OffstageError } from '../../../core/errors.ts'
import type { Departure, MoveCounts } from '../../../store/move.ts'
import { type Connection, type Database, sql, table } from '../database.ts'

/** Settings of this part, beside the dashboard's own. */
export const DATABASE_ID = 'database-id'
const DEPARTURE = 'departure'

/** As it is stored. */
interface Written {
  to: string
  targetId: string
  since: number
  doneAt: number | null
  mover: string
}

export async function readSetting<Value>(tx: Connection, name: string, held = sql``): Promise<Value | undefined> {
  const [row] = await tx.all<{ value: string }>(sql`select value from ${table.setting} where name = ${name} ${held}`)
  return row === undefined ? undefined : (JSON.parse(row.value) as Value)
}

/** In a transaction that holds the row, or is the only one to write it. */
export async function writeSetting(tx: Connection, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value)
  const found = await tx.run(sql`update ${table.setting} set value = ${text} where name = ${name}`)
  if (found === 0) await addSetting(tx, name, value)
}

/** What is not there. Of two who add it at once, the second is refused, asks again and finds that of the first. */
async function addSetting(tx: Connection, name: string, value: unknown): Promise<void> {
  await tx.run(sql`insert into ${table.setting} (name, value) values (${name}, ${JSON.stringify(value)})`)
}

/** A number of its own for each database: two URLs may well mean one and the same. */
export async function databaseId(database: Database): Promise<string> {
  const known = await readSetting<string>(database, DATABASE_ID)
  if (known !== undefined) return known
  await database.transaction(async (tx) => {
    if ((await readSetting(tx, DATABASE_ID, tx.forUpdate)) === undefined) {
      await addSetting(tx, DATABASE_ID, randomUUID())
    }
  })
  return (await readSetting<string>(database, DATABASE_ID)) as string
}

export async function departure(database: Connection): Promise<Departure | undefined> {
  const written = await readSetting<Written>(database, DEPARTURE)
  if (written === undefined) return undefined
  const { to, targetId, since, doneAt } = written
  return { to, targetId, since: new Date(since), doneAt: doneAt === null ? null : new Date(doneAt) }
}

export async function depart(
  database: Database,
  { to, targetId }: { to: string; targetId: string },
  mover: string,
): Promise<Departure> {
  await database.transaction(async (tx) => {
    const before = await readSetting<Written>(tx, DEPARTURE, tx.forUpdate)
    const again = before?.targetId === targetId
    if (before !== undefined && !again) await refuseWhileUnderWay(tx, before.to)
    const since = again ? before.since : await tx.now()
    const written: Written = { to, targetId, since, doneAt: null, mover }
    await (before === undefined ? addSetting : writeSetting)(tx, DEPARTURE, written)
  })
  return (await departure(database)) as Departure
}

export async function departed(database: Database, mover: string): Promise<void> {
  await database.transaction(async (tx) => {
    const written = await checkMover(tx, mover)
    await writeSetting(tx, DEPARTURE, { ...written, doneAt: await tx.now() } satisfies Written)
  })
}

/** Whatever has left this database: jobs come to it now, so it is in use again. */
export async function welcome(database: Database): Promise<void> {
  if ((await departure(database)) === undefined) return
  await database.transaction(async (tx) => {
    const written = await readSetting<Written>(tx, DEPARTURE, tx.forUpdate)
    if (written === undefined) return
    await refuseWhileUnderWay(tx, written.to)
    await tx.run(sql`delete from ${table.setting} where name = ${DEPARTURE}`)
  })
}

/** Holds the departure until the end of the transaction. @throws OffstageError MOVE_TAKEN_OVER */
export async function checkMover(tx: Connection, mover: string): Promise<Written> {
  const written = await readSetting<Written>(tx, DEPARTURE, tx.forUpdate)
  if (written?.mover === mover) return written
  throw new OffstageError(
    'MOVE_TAKEN_OVER',
    'another `offstage move` of this database has begun since, and goes on with what this one has left',
  )
}

async function refuseWhileUnderWay(tx: Connection, to: string): Promise<void> {
  const [row] = await tx.all<{ total: number }>(sql`select count(*) as total from ${table.moving}`)
  if (Number(row?.total) === 0) return
  throw new OffstageError(
    'MOVE_ELSEWHERE',
    `${Number(row?.total)} jobs are under way to ${to}, where some of them may have arrived: ` +
      'finish that move first, with `offstage move --to` and its URL',
  )
}

export async function counts(database: Database): Promise<MoveCounts> {
  const [row] = await database.all<Record<keyof MoveCounts, number>>(sql`select
    (select count(*) from ${table.ready}) + (select count(*) from ${table.delayed}) as "pending",
    (select count(*) from ${database.dialect.held} r) as "running", (select count(*) from ${table.moving}) as "underWay"`)
  const { pending, running, underWay } = row as Record<keyof MoveCounts, number>
  return { pending: Number(pending), running: Number(running), underWay: Number(underWay) }
}

export async function countFinished(database: Database): Promise<number> {
  const [row] = await database.all<{ total: number }>(
    sql`select count(*) as total from ${table.attempt} where status is not null`,
  )
  return Number(row?.total)
}
