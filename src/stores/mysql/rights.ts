import { OffstageError } from '../../core/errors.ts'
import { sql } from '../sql/database.ts'
import type { MysqlDatabase } from './database.ts'

/** Tables named one by one, at most. */
const NAMED = 5

/**
 * What a user of the tables has to be granted and was not, in words: `insert, update on app.*`. The server is asked how
 * it would do each, which takes the same rights and changes nothing: what grants and roles come to, only it knows.
 */
export async function lackingRights(database: MysqlDatabase, databaseName: string): Promise<string[]> {
  return await database.pool.use(async (session) => {
    const isDenied = async (statement: string) => {
      try {
        await session.query(`explain ${statement}`)
        return false
      } catch (error) {
        if (error instanceof OffstageError && error.code === 'DATABASE_DENIED') return true
        // Whatever else is wrong with it is told elsewhere.
        if (error instanceof OffstageError && session.usable) return false
        throw error
      }
    }
    // Of a table that it may do nothing with, a user is not told. MySQL takes no value for what a column works out itself.
    const found = (await session.query(`select table_name as name, group_concat(column_name) as list
      from information_schema.columns where table_schema = database() and table_name like 'offstage|_%' escape '|'
        and table_name <> 'offstage_migration' and extra not like '%GENERATED%' group by table_name`)) as {
      name: string
      list: string
    }[]
    const tables: { name: string; rights: string }[] = []
    for (const { name, list } of found) {
      const names = list.split(',').map((column) => `\`${column}\``)
      const [one] = names
      const all = names.join(', ')
      const lacking: string[] = []
      if (await isDenied(`select 1 from ${name} limit 0`)) lacking.push('select')
      if (await isDenied(`insert into ${name} (${all}) select ${all} from ${name} limit 0`)) lacking.push('insert')
      if (await isDenied(`update ${name} set ${one} = ${one} where 1 = 0`)) lacking.push('update')
      if (await isDenied(`delete from ${name} where 1 = 0`)) lacking.push('delete')
      tables.push({ name, rights: lacking.join(', ') })
    }
    return inWords(databaseName, tables)
  })
}

/** What it takes where there are no tables yet. What comes by a role is not listed anywhere: then, nothing is missed. */
export async function lackingToBegin(database: MysqlDatabase, databaseName: string): Promise<string[]> {
  const [role] = await database.all<{ role: string | null }>(sql`select current_role() as role`)
  if (role?.role && role.role !== 'NONE') return []
  const mine = sql`grantee = concat('''', substring_index(current_user(), '@', 1), '''@''',
    substring_index(current_user(), '@', -1), '''')`
  const rows = await database.all<{ granted: string }>(
    sql`select privilege_type as granted from information_schema.user_privileges where ${mine}
      union select privilege_type from information_schema.schema_privileges where ${mine} and database() like table_schema`,
  )
  const granted = new Set(rows.map((row) => row.granted))
  const lacking = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE'].filter((right) => !granted.has(right))
  return lacking.length === 0 ? [] : [`${lacking.join(', ').toLowerCase()} on ${databaseName}.*`]
}

/** Of tables that lack the same in one line. */
function inWords(databaseName: string, tables: readonly { name: string; rights: string }[]): string[] {
  const lines: string[] = []
  for (const [rights, lacking] of Map.groupBy(tables, (each) => each.rights)) {
    if (rights === '') continue
    if (lacking.length === tables.length) return [`${rights} on ${databaseName}.*`]
    const more = lacking.length > NAMED ? ` and ${lacking.length - NAMED} more` : ''
    const names = lacking.slice(0, NAMED).map(({ name }) => name)
    lines.push(`${rights} on ${names.join(', ')}${more}`)
  }
  return lines
}
