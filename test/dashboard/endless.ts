import { DatabaseSync } from 'node:sqlite'

/** Lets every look at a table take for ever, in the database's own code, where nothing but a kill can end it. */
export function makeEndless(file: string, table: string): () => void {
  const raw = new DatabaseSync(file, { timeout: 5_000 })
  raw.exec(`alter table ${table} rename to kept;
    create view ${table} as select * from kept where (
      with recursive c (n) as (select 1 union all select n + 1 from c) select max(n) from c
    ) > 0`)
  return () => {
    raw.exec(`drop view ${table}; alter table kept rename to ${table}`)
    raw.close()
  }
}
