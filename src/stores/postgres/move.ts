import { sql } from '../sql/database.ts'
import type { TakeFirst, Waiting } from '../sql/move/take.ts'

/** By a list that is made once: what is joined might be looked up anew for each row, and take more than the limit. */
export const takeFirst: TakeFirst = async (tx, { table, key }, limit) =>
  await tx.all<Waiting>(sql`with first as materialized (
      select ${key} from ${table} order by ${key} limit ${limit} for update
    )
    delete from ${table} where (${key}) in (select ${key} from first)
    returning seq, run_at, attempt, spared, crashes`)
