import { sql } from '../sql/database.ts'
import type { TakeFirst, Waiting } from '../sql/move/take.ts'

/** A write transaction is alone with the file: what is first stays so until it is taken. */
export const takeFirst: TakeFirst = async (tx, { table, key }, limit) =>
  await tx.all<Waiting>(sql`delete from ${table} where (${key}) in (select ${key} from ${table} order by ${key} limit ${limit})
    returning seq, run_at, attempt, spared, crashes`)
