import { type DistinctValues, type Statement, sql } from './database.ts'

/** `Dialect.distinct` for a database that is led by the index when a recursive select asks for the next value. */
export function byJumping({ column, from, where }: DistinctValues, limit: number): Statement {
  return sql`
    with recursive jump (value, n) as (
      select min(${column}), 1 from ${from} where ${where}
      union all
      select (select min(${column}) from ${from} where ${where} and ${column} > jump.value), jump.n + 1
      from jump where jump.value is not null and jump.n < ${limit}
    )
    select value from jump where value is not null`
}
