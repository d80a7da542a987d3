import { type ByKey, type Keyed, list, type Statement, sql } from '../sql/database.ts'

/** By a list that is looked through: whatever it is joined to, a table of that size is never read whole. */
export const byKey: ByKey = {
  select,
  // A write transaction is alone with the file: all is held.
  held: select,
  update: (rows, set) => sql`update ${rows.table} as t set ${set} where ${named(rows)}`,
  delete: (rows) => sql`delete from ${rows.table} as t where ${named(rows)}`,
  numbers: (seqs) => sql`(select value as seq from json_each(${JSON.stringify(seqs)})) k`,
}

function select(columns: Statement, rows: Keyed): Statement {
  return sql`select ${columns} from ${rows.table} t where ${named(rows)}`
}

function named({ key, keys, and }: Keyed): Statement {
  const columns = list(key.map((column) => ({ text: `t."${column}"`, values: [] })))
  const values = list(key.map((_, index) => ({ text: `value ->> ${index}`, values: [] })))
  const among = sql`(${columns}) in (select ${values} from json_each(${JSON.stringify(keys)}))`
  return and === undefined ? among : sql`${among} and ${and}`
}
