import { list, type Statement, sql } from '../sql/database.ts'
import type { TakeFirst, Waiting } from '../sql/move/take.ts'

/** Rows that one statement names by their keys. Over a thousand, MariaDB would make a table of them first. */
const CHUNK = 500

type Row = Waiting & { queue: number; rank: number; id: string }

/** In two steps: of what it deletes, MySQL tells nothing. */
export const takeFirst: TakeFirst = async (tx, { table, key }, limit) => {
  const rows = await tx.all<Row>(sql`select ${key}, seq, attempt, spared, crashes, run_at from ${table}
    order by ${key} limit ${limit} for update`)
  for (let start = 0; start < rows.length; start += CHUNK) {
    const keys = rows.slice(start, start + CHUNK).map(keyOf)
    await tx.run(sql`delete t from ${table} t force index (primary) where (${key}) in (${list(keys)})`)
  }
  return rows
}

function keyOf({ queue, rank, run_at, id, seq }: Row): Statement {
  return queue === undefined ? sql`(${run_at}, ${seq})` : sql`(${queue}, ${rank}, ${run_at}, ${id})`
}
