import { type Connection, type Database, sql, table } from '../database.ts'

export async function setting(connection: Connection, name: string): Promise<unknown> {
  const [row] = await connection.all<{ value: string }>(sql`select value from ${table.setting} where name = ${name}`)
  return row === undefined ? undefined : JSON.parse(row.value)
}

export async function setSetting(database: Database, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value ?? null)
  const write = () =>
    database.transaction(async (tx) => {
      if ((await setting(tx, name)) === undefined) {
        await tx.run(sql`insert into ${table.setting} (name, value) values (${name}, ${text})`)
      } else await tx.run(sql`update ${table.setting} set value = ${text} where name = ${name}`)
    })
  try {
    await write()
  } catch (error) {
    // Somebody else has set it for the first time at the same moment: now it can be changed.
    if ((await setting(database, name)) === undefined) throw error
    await write()
  }
}
