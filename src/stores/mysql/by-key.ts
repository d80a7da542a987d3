import { type ByKey, type Keyed, list, type Statement, sql, type Value } from '../sql/database.ts'

/**
 * By a join that the keys lead. Of a `where … in (…)` on a table that is small, or that it takes for small, MariaDB reads
 * all rows, and waits for those of the others. The rows are held as they are read, so in the order of the keys.
 */
export const byKey: ByKey = {
  select: (columns, rows) => select(columns, rows, listOf(rows)),
  // Behind one more select: MySQL refuses a list that stands beside a table that it locks, as locked twice.
  held: (columns, rows) => sql`${select(columns, rows, sql`(select * from ${listOf(rows)}) k`)} for update`,
  update: (rows, set) => sql`update ${joined(rows, listOf(rows))} set ${set} ${conditionOf(rows)}`,
  delete: (rows) => sql`delete t from ${joined(rows, listOf(rows))} ${conditionOf(rows)}`,
  numbers: (seqs) => sql`json_table(${JSON.stringify(seqs)}, '$[*]' columns (seq bigint path '$')) k`,
}

function select(columns: Statement, rows: Keyed, keys: Statement): Statement {
  return sql`select ${columns} from ${joined(rows, keys)} ${conditionOf(rows)}`
}

/** The keys as a table `k`, in their order. */
function listOf({ key, keys }: Keyed): Statement {
  const columns = key.map((column, index) => {
    // Beside text of another character set, an id would have to be converted, and its index be of no use.
    const type = column === 'id' ? 'char(36) character set ascii' : 'bigint'
    return text(`k${index} ${type} path '$[${index}]'`)
  })
  return sql`json_table(${JSON.stringify(keys.toSorted(inOrder))}, '$[*]' columns (${list(columns)})) k`
}

function joined({ table, key }: Keyed, keys: Statement): Statement {
  const equal = key.map((column, index) => {
    const value = column === 'id' ? `k.k${index} collate ascii_bin` : `k.k${index}`
    return text(`t."${column}" = ${value}`)
  })
  const index = key.length === 1 && key[0] === 'id' ? text('job_id') : text('primary')
  return sql`${keys} straight_join ${table} t force index (${index}) on ${list(equal, ' and ')}`
}

function inOrder(a: readonly Value[], b: readonly Value[]): number {
  const column = a.findIndex((value, index) => value !== b[index])
  if (column === -1) return 0
  return (a[column] as Value & {}) < (b[column] as Value & {}) ? -1 : 1
}

function conditionOf({ and }: Keyed): Statement {
  return and === undefined ? sql`` : sql`where ${and}`
}

function text(words: string): Statement {
  return { text: words, values: [] }
}
