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
  const [only = 'seq'] = key
  const among =
    key.length === 1
      ? sql`${text(`t."${only}"`)} in (select value from json_each(${JSON.stringify(keys.map(([value]) => value))}))`
      : sql`(${list(key.map((column) => text(`t."${column}"`)))}) in (
          select ${list(key.map((_, index) => text(`value ->> ${index}`)))} from json_each(${JSON.stringify(keys)}))`
  return and === undefined ? among : sql`${among} and ${and}`
}

function text(words: string): Statement {
  return { text: words, values: [] }
}
