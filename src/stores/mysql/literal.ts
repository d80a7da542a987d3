import type { Value } from '../sql/database.ts'

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

/** Values as a list in brackets: `(1, 'two', null)`. */
export function tuple(values: readonly Value[]): string {
  let text = '('
  for (const [index, value] of values.entries()) text += (index === 0 ? '' : ',') + literal(value)
  return `${text})`
}
