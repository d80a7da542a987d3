import { expect, test } from 'vitest'
import { openStore } from '../../../src/stores/open.ts'
import type { PostgresDatabase } from '../../../src/stores/postgres/database.ts'
import { dear, list, type Statement, sql, table } from '../../../src/stores/sql/database.ts'
import { temporarySchema, withPostgres } from '../../support/postgres.ts'

/** A store, with one connection where all is to be asked on it, and what its statements are asked of. */
async function opened(url: string) {
  const store = await openStore(url)
  const { database } = store as unknown as { database: PostgresDatabase }
  return { store, database }
}

const KEPT = sql`select statement from pg_prepared_statements where name like 'offstage_all_%'`

await withPostgres(() => {
  test.each(['prepare=true', 'prepare=false'])(
    'each that asks at once has its own answer, with %s',
    async (setting) => {
      await using schema = temporarySchema()
      const { store, database } = await opened(schema.url('connections=1', setting))
      // More often than a statement is sent without a name.
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all([
          database.all(sql`select ${round} + 0 as one, null as none, 'x' as text`),
          database.all(sql`select 1 as one where 1 = 2`),
          database.all(sql`select ${round} + 0 as one, null as none, 'x' as text`),
          database.all(sql`select value + 0 as value from generate_series(1, 3) value`),
        ])
        const same = [{ one: round, none: null, text: 'x' }]
        expect(answers).toEqual([same, [], same, [{ value: 1 }, { value: 2 }, { value: 3 }]])
      }
      await store.close()
    },
  )

  test('those that are dear are divided among the connections that are free, the others stay together', async () => {
    await using schema = temporarySchema()
    const { store, database } = await opened(schema.url('connections=2'))
    const asked = async (statements: readonly Statement[]) => {
      const rows = await Promise.all(statements.map((each) => database.all<{ pid: number }>(each)))
      return rows.map(([row]) => row?.pid)
    }
    // Long enough for the other connection to be opened.
    const pid = sql`select pg_backend_pid() as pid, pg_sleep(0.2)::text as slept`
    const [first, second, third, cheap] = await asked([dear(pid), dear(pid), dear(pid), pid])
    expect(second).not.toBe(first)
    expect([third, cheap]).toEqual([first, first])
    expect(new Set(await asked([pid, pid, pid])).size).toBe(1)
    // While one is in use, the other has all of them.
    const other = await database.transaction(async () => new Set(await asked([dear(pid), dear(pid)])))
    expect(other.size).toBe(1)
    await store.close()
  })

  test('what is wrong with one is told to nobody else', async () => {
    await using schema = temporarySchema()
    const { store, database } = await opened(schema.url('connections=1'))
    for (let round = 0; round < 5; round++) {
      const asked = [sql`select 1 as one`, sql`select 1 / 0 as one`, sql`select 2 as one`, sql`select '{'::json as one`]
      const answers = await Promise.allSettled(asked.map((statement) => database.all(statement)))
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
      const [, second, , fourth] = answers as PromiseRejectedResult[]
      expect([second?.reason.message, fourth?.reason.message]).toEqual([
        'division by zero',
        'invalid input syntax for type json',
      ])
    }
    await store.close()
  })

  test('a lost connection is told to all that asked at once, and the next are answered', async () => {
    await using schema = temporarySchema()
    const { store, database } = await opened(schema.url('connections=1'))
    const asked: Statement[] = [sql`select 1 as one`, sql`select pg_terminate_backend(pg_backend_pid())`]
    const answers = await Promise.allSettled(asked.map((statement) => database.all(statement)))
    expect(answers).toMatchObject(
      asked.map(() => ({ status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE', transient: true } })),
    )
    expect(await database.all(sql`select 1 as one`)).toEqual([{ one: 1 }])
    await store.close()
  })

  test('the server keeps the plan of what is asked often, and not of ever more', async () => {
    await using schema = temporarySchema()
    const { store, database } = await opened(schema.url('connections=1'))
    await store.migrate()
    const ask = (statement: Statement) => database.all<{ statement: string }>(statement)
    const isKept = async (text: string) => (await ask(KEPT)).some(({ statement }) => statement === text)
    const seen: boolean[] = []
    for (let round = 0; round < 4; round++) {
      await ask(sql`select id as often from ${table.handler}`)
      seen.push(await isKept(`select id as often from "${schema.name}"."handler"`))
    }
    expect(seen).toEqual([false, false, true, true])
    for (let length = 1; length <= 450; length++) {
      const numbers = Array.from({ length }, (_, index) => index)
      for (let round = 0; round < 3; round++)
        await ask(sql`select id from ${table.handler} where id in (${list(numbers)})`)
    }
    const kept = (await ask(KEPT)).length
    expect(kept).toBeGreaterThan(0)
    expect(kept).toBeLessThanOrEqual(210)
    await store.close()
  })
})
