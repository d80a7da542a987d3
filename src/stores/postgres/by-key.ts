import { type ByKey, type Keyed, list, type Statement, sql } from '../sql/database.ts'
import { numbers, texts } from './arrays.ts'

/**
 * Keys of one column are one condition, which leaves nothing to plan; longer ones are a table beside. Rows are deleted
 * by their keys: one that was updated while it was waited for stands elsewhere.
 */
export const byKey: ByKey = {
  select,
  held: (columns, rows) => sql`${select(columns, rows)} order by ${list(rows.key.map(columnOf))} for update of t`,
  update: (rows, set) => sql`update ${rows.table} t set ${set} ${beside(rows, 'from')} where ${named(rows)}`,
  delete: (rows) => sql`delete from ${rows.table} t ${beside(rows, 'using')} where ${named(rows)}`,
  numbers: (seqs) => sql`unnest(${numbers(seqs, (seq) => seq)}::bigint[]) k(seq)`,
}

function select(columns: Statement, rows: Keyed): Statement {
  return sql`select ${columns} from ${rows.table} t ${beside(rows, 'cross join')} where ${named(rows)}`
}

function beside({ key, keys }: Keyed, word: 'cross join' | 'from' | 'using'): Statement {
  if (key.length === 1) return sql``
  const arrays = list(key.map((column, index) => arrayOf(column, keys, index)))
  return sql`${text(word)} unnest(${arrays}) k(${list(key.map((_, index) => text(`k${index}`)))})`
}

function named({ key, keys, and }: Keyed): Statement {
  const conditions = key.map((column, index) =>
    key.length === 1
      ? sql`${columnOf(column)} = any(${arrayOf(column, keys, index)})`
      : sql`${columnOf(column)} = ${text(`k.k${index}`)}`,
  )
  return list(and === undefined ? conditions : [...conditions, and], ' and ')
}

function arrayOf(column: Keyed['key'][number], keys: Keyed['keys'], index: number): Statement {
  return column === 'id'
    ? sql`${texts(keys, (key) => key[index] as string)}::text[]`
    : sql`${numbers(keys, (key) => key[index] as number)}::bigint[]`
}

function columnOf(column: Keyed['key'][number]): Statement {
  return text(`t."${column}"`)
}

function text(words: string): Statement {
  return { text: words, values: [] }
}
