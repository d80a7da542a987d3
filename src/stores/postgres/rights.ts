import type { PostgresDatabase } from './database.ts'

/** Tables named one by one, at most. */
const NAMED = 5

interface Lacking {
  table: string
  rights: string
}

/**
 * What a user of the tables has to be granted and was not, in words: `insert, update on all tables in schema offstage`.
 * Where there are no tables yet, what it takes to make them.
 */
export async function lackingRights(database: PostgresDatabase, hasTables: boolean): Promise<string[]> {
  const { schema } = database.place
  return await database.pool.use(async (session) => {
    const all = async <Row>(text: string, ...values: string[]) =>
      (await session.query(text, values, database.longPatience)).rows as Row[]
    const [found] = await all<{ usage: boolean; create: boolean }>(
      `select has_schema_privilege(oid, 'usage') as usage, has_schema_privilege(oid, 'create') as create
       from pg_namespace where nspname = $1`,
      schema,
    )
    if (found === undefined) {
      const [row] = await all<{ name: string; create: boolean }>(
        "select current_database() as name, has_database_privilege(current_database(), 'create') as create",
      )
      return row?.create === false ? [`create on database ${row.name}`] : []
    }
    const lacking = found.usage ? [] : [`usage on schema ${schema}`]
    if (!hasTables) return found.create ? lacking : [...lacking, `create on schema ${schema}`]
    // That of migrations is written by its owner only.
    const tables = await all<Lacking>(
      `select c.relname as "table", concat_ws(', ', ${['select', 'insert', 'update', 'delete']
        .map((right) => `case when not ${mayOnTable(right)} then '${right}' end`)
        .join(', ')}) as rights
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relkind in ('r', 'p') order by 1`,
      schema,
    )
    return [...lacking, ...inWords(schema, tables)]
  })
}

function mayOnTable(right: string): string {
  const may = `has_table_privilege(c.oid, '${right}')`
  return right === 'select' ? may : `(c.relname = 'migration' or ${may})`
}

/** Of tables that lack the same in one line. */
function inWords(schema: string, tables: readonly Lacking[]): string[] {
  const used = tables.filter(({ table }) => table !== 'migration')
  const lines: string[] = []
  for (const [rights, lacking] of Map.groupBy(used, (each) => each.rights)) {
    if (rights === '') continue
    if (lacking.length === used.length) return [`${rights} on all tables in schema ${schema}`]
    const names = lacking.slice(0, NAMED).map(({ table }) => `${schema}.${table}`)
    const more = lacking.length > NAMED ? ` and ${lacking.length - NAMED} more` : ''
    lines.push(`${rights} on ${names.join(', ')}${more}`)
  }
  const migration = tables.find(({ table, rights }) => table === 'migration' && rights !== '')
  return migration === undefined ? lines : [...lines, `${migration.rights} on ${schema}.migration`]
}
