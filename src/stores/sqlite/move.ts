import { list, type Statement, sql, type Value } from '../sql/database.ts'

/** A list of rows is a table of values here, and not a list. */
export function isOneOf(columns: Statement, keys: readonly (readonly Value[])[]): Statement {
  return sql`(${columns}) in (values ${list(keys.map((key) => sql`(${list(key)})`))})`
}
