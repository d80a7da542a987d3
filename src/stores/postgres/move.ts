import { sql } from '../sql/database.ts'
import type { TakeFirst, Waiting } from '../sql/move/take.ts'

/** By an array, which is made once: what is joined might be looked up anew for each row, and take more than the limit. */
export const takeFirst: TakeFirst = async (tx, { table, key }, limit) =>
  await tx.all<Waiting>(sql`delete from ${table} where ctid = any(array(
      select ctid from ${table} order by ${key} limit ${limit} for update
    )) returning seq, run_at, attempt, spared, crashes`)
