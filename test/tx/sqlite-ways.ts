import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CompiledQuery, Kysely, SqliteDialect } from 'kysely'
import type { Place, Way } from './way.ts'

interface File extends Place {
  path: string
}

export async function place(): Promise<File> {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-tx-'))
  const path = join(folder, 'app.db')
  const admin = new DatabaseSync(path)
  admin.exec('pragma journal_mode = wal; create table orders (id integer primary key, item text)')
  return {
    path,
    url: `sqlite:${path}`,
    orders: async () =>
      admin
        .prepare('select item from orders order by id')
        .all()
        .map(({ item }) => String(item)),
    async [Symbol.asyncDispose]() {
      admin.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const INSERT = 'insert into orders (item) values (?)'

/** `node:sqlite` in the form that Kysely's dialect knows, which is that of better-sqlite3. */
function forKysely(raw: DatabaseSync, compiledWith: string | undefined) {
  return {
    close: () => raw.close(),
    prepare(text: string) {
      const statement = raw.prepare(text)
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => {
          const rows = statement.all(...(values as never[]))
          // As a SQLite that was built in another way would answer.
          return text === 'pragma compile_options' && compiledWith ? [{ compile_options: compiledWith }] : rows
        },
        run: (values: readonly unknown[]) => statement.run(...(values as never[])),
        iterate: (values: readonly unknown[]) => statement.iterate(...(values as never[])),
      }
    },
  }
}

export const ways: readonly Way[] = [
  {
    name: 'node:sqlite',
    async open(place) {
      const db = new DatabaseSync((place as File).path, { timeout: 5_000 })
      return {
        reuses: true,
        async transaction(work) {
          db.exec('begin immediate')
          try {
            const result = await work(db, async (item) => db.prepare(INSERT).run(item))
            db.exec('commit')
            return result
          } catch (error) {
            db.exec('rollback')
            throw error
          }
        },
        wrong: async () => [[db, /tx is a database of node:sqlite that is not inside a transaction/]],
        [Symbol.asyncDispose]: async () => db.close(),
      }
    },
  },
  {
    name: 'Kysely on node:sqlite',
    async open(place) {
      const open = (compiledWith?: string) => {
        const raw = new DatabaseSync((place as File).path, { timeout: 5_000 })
        return new Kysely({ dialect: new SqliteDialect({ database: forKysely(raw, compiledWith) as never }) })
      }
      const db = open()
      const others = new AsyncDisposableStack()
      return {
        transaction: (work) =>
          db.transaction().execute((tx) => work(tx, (item) => tx.executeQuery(CompiledQuery.raw(INSERT, [item])))),
        async wrong() {
          const other = open('COMPILER=another-1.2.3')
          const tx = await other.startTransaction().execute()
          others.defer(() => other.destroy())
          others.defer(() => tx.rollback().execute())
          return [
            [db, /tx is a Kysely outside a transaction/],
            [tx, /brings a SQLite of its own/],
          ]
        },
        async [Symbol.asyncDispose]() {
          await others.disposeAsync()
          await db.destroy()
        },
      }
    },
  },
]
