import { expect } from 'vitest'
import { temporarySchema, withPostgres } from '../../support/postgres.ts'
import { testProcesses } from '../processes.ts'

async function open() {
  const schema = temporarySchema()
  const { name, query } = schema
  return { name, query, url: schema.url(), [Symbol.asyncDispose]: () => schema[Symbol.asyncDispose]() }
}

await withPostgres(() =>
  testProcesses({
    open,
    many: 8,
    answers: 200,
    async whenEnded({ name, query }, sum) {
      const [totals] = await query<Record<string, string>>(`select count(distinct seq) as jobs, count(*) as attempts,
        count(status) as ends, sum(n) filter (where status is not null) as last from "${name}".attempt`)
      // Attempts of each job are numbered from 1 without gaps, so the last numbers add up to their number.
      const [jobs, settled] = [String(sum.enqueued), String(sum.settled)]
      expect(totals).toEqual({ jobs, attempts: settled, ends: jobs, last: settled })
      for (const place of ['ready', 'delayed', 'running']) {
        expect(await query(`select 1 from "${name}".${place}`)).toEqual([])
      }
    },
  }),
)
