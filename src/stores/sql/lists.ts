import { type Database, list, type Statement, sql } from './database.ts'

/** True where a column is one of some values. */
export function oneOf({ dialect }: Database, column: Statement, values: readonly (string | number)[]): Statement {
  return dialect.oneOf?.(column, values) ?? sql`${column} in (${list(values)})`
}

/** The rows of a select for each of some texts, as one statement. It is given the text and its place among them. */
export function forEach(
  { dialect }: Database,
  texts: readonly string[],
  select: (text: Statement, place: Statement) => Statement,
): Statement {
  if (dialect.forEach !== undefined) return dialect.forEach(texts, select)
  const selects = texts.map((text, place) => sql`select * from (${select(sql`${text}`, sql`${place} + 0`)}) part`)
  return list(selects, ' union all ')
}
