import type { Value } from '../sql/database.ts'

/** Rows of one insert. */
const ROWS = 1_000

/**
 * A value as it stands in a statement. Right whatever `sql_mode` the session has: a quote is doubled, and text with a
 * backslash, which one mode takes for itself and another does not, is written as the bytes that it is.
 */
export function literal(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} cannot be stored`)
    return String(value)
  }
  if (value.includes('\\')) return `_utf8mb4 x'${Buffer.from(value).toString('hex')}'`
  return value.includes("'") ? `'${value.replaceAll("'", "''")}'` : `'${value}'`
}

/** Inserts of rows, each as a {@link tuple}: as many in one statement as `most` characters hold. */
export function inserts(into: string, rows: readonly string[], most: number): string[] {
  const statements: string[] = []
  let chunk: string[] = []
  let length = 0
  for (const row of rows) {
    if (chunk.length === ROWS || (chunk.length > 0 && length + row.length > most)) {
      statements.push(`insert into ${into} values ${chunk.join(',')}`)
      chunk = []
      length = 0
    }
    chunk.push(row)
    length += row.length
  }
  if (chunk.length > 0) statements.push(`insert into ${into} values ${chunk.join(',')}`)
  return statements
}

/** Values as a list in brackets: `(1, 'two', null)`. */
export function tuple(values: readonly Value[]): string {
  let text = '('
  for (const [index, value] of values.entries()) text += (index === 0 ? '' : ',') + literal(value)
  return `${text})`
}
