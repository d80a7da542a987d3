import { type Connection, list, type Statement, sql, type Value } from './database.ts'

/** Bounds of one statement: bound values, as the strictest database takes them, and about how many bytes. */
const VALUES = 20_000
const BYTES = 1_000_000

/** Inserts rows, many by one statement. @param into As in `{job} (id, args)`. */
export async function insertRows(tx: Connection, into: Statement, rows: readonly (readonly Value[])[]): Promise<void> {
  let chunk: Statement[] = []
  let values = 0
  let bytes = 0
  const flush = async () => {
    if (chunk.length > 0) await tx.run(sql`insert into ${into} values ${list(chunk)}`)
    chunk = []
    values = bytes = 0
  }
  for (const row of rows) {
    const size = bytesOf(row)
    if (values + row.length > VALUES || bytes + size > BYTES) await flush()
    chunk.push(sql`(${list(row)})`)
    values += row.length
    bytes += size
  }
  await flush()
}

/** About how many: a UTF-16 unit takes up to three, a number some ten. */
function bytesOf(row: readonly Value[]): number {
  let bytes = 0
  for (const value of row) bytes += typeof value === 'string' ? value.length * 3 : 10
  return bytes
}
