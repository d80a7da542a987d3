import { type ByKey, type Keyed, type Statement, sql, table } from '../../../src/stores/sql/database.ts'
import { jobId } from '../../../src/testing/store-suite/jobs.ts'

/** All the kinds of keys that operations find rows by. */
const KINDS: readonly Pick<Keyed, 'table' | 'key'>[] = [
  { table: sql`${table.job}`, key: ['id'] },
  { table: sql`${table.job}`, key: ['seq'] },
  { table: sql`${table.log}`, key: ['seq'] },
  { table: sql`${table.attempt}`, key: ['seq'] },
  { table: sql`${table.running}`, key: ['seq'] },
  { table: sql`${table.attempt}`, key: ['seq', 'n'] },
  { table: sql`${table.delayed}`, key: ['run_at', 'seq'] },
  { table: sql`${table.expiry}`, key: ['expires_at', 'seq'] },
  { table: sql`${table.ready}`, key: ['queue', 'rank', 'run_at', 'id'] },
]

/** Statements about rows by each kind of key, for so many of them. */
export function keyedStatements(byKey: ByKey, count: number): Statement[] {
  const numbers = Array.from({ length: count }, (_, index) => index)
  return KINDS.flatMap((kind) => {
    const keys = numbers.map((number) => kind.key.map((column) => (column === 'id' ? jobId(number) : number)))
    const rows = { ...kind, keys }
    const [first] = kind.key
    const same: Statement = { text: `"${first}" = "${first}"`, values: [] }
    const columns = sql`t.seq`
    return [byKey.select(columns, rows), byKey.held(columns, rows), byKey.update(rows, same), byKey.delete(rows)]
  })
}
