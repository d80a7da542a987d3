import { type Dialect, sql } from '../sql/database.ts'
import { numbers, texts } from './arrays.ts'

/** A list is one value, an array: however long it is, the statement and its plan are the same. */
export const oneOf: NonNullable<Dialect['oneOf']> = (column, values) =>
  values.every((value) => typeof value === 'number')
    ? sql`${column} = any(${numbers(values, (value) => value)}::bigint[])`
    : sql`${column} = any(${texts(values, String)}::text[])`

export const forEach: NonNullable<Dialect['forEach']> = (values, select) => sql`
  select part.* from unnest(${texts(values, (value) => value)}::text[]) with ordinality one(value, place)
  cross join lateral (${select(sql`one.value`, sql`(one.place - 1)`)}) part`
