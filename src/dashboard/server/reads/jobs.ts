import type { JobFilter } from '../../../core/filter.ts'
import { JOB_STATUSES } from '../../../core/job.ts'
import type { Store } from '../../../store/store.ts'
import type { Count, JobList, OperationPreview, StatusCounts } from '../../api.ts'
import { COUNTED_TO } from '../count.ts'
import { toJobRow } from '../job-row.ts'
import { IN_ROW } from '../shorten.ts'
import type { ReadContext } from './read.ts'

/** How long a page may look where no index leads to the jobs that are asked for… */
export const WITHIN_MS = 45
/** … and the counts that stand beside it: all of them together. */
const COUNTS_WITHIN_MS = 30

export interface JobsInput {
  filter: JobFilter
  limit: number
  cursor: string | undefined
}

export async function jobs({ store }: ReadContext, { filter, limit, cursor }: JobsInput): Promise<JobList> {
  const page = await store.list({ ...filter, limit, cursor, withinMs: WITHIN_MS })
  return {
    jobs: page.jobs.map((job) => toJobRow(job, IN_ROW)),
    cursor: page.cursor ?? null,
    at: new Date().toISOString(),
  }
}

/** How many there are of each status that the filter would find if it named none. */
export async function jobCounts({ store }: ReadContext, { filter }: { filter: JobFilter }): Promise<StatusCounts> {
  return await store.countByStatus(filter, { upTo: COUNTED_TO, withinMs: COUNTS_WITHIN_MS })
}

/** For a bulk action: how many it would meet, and the first of them. */
export async function matching(
  { store }: ReadContext,
  { filter, limit }: Omit<JobsInput, 'cursor'>,
): Promise<Omit<OperationPreview, 'cli'>> {
  const { jobs: found } = await store.list({ ...filter, limit, withinMs: WITHIN_MS })
  return { matching: await countOf(store, filter), sample: found.map((job) => toJobRow(job, IN_ROW)) }
}

/** Counted to 10,000, over all the statuses that the filter asks for. */
export async function countOf(store: Store, filter: JobFilter, withinMs = WITHIN_MS): Promise<Count> {
  const statuses = [...new Set([filter.status ?? JOB_STATUSES].flat())]
  const counts = await store.countByStatus(filter, { upTo: COUNTED_TO, withinMs, statuses })
  const asked = statuses.map((status) => counts[status])
  const count = asked.reduce((sum, each) => sum + each.count, 0)
  return { count: Math.min(count, COUNTED_TO), more: count > COUNTED_TO || asked.some(({ more }) => more) }
}

/** For a bulk action: whom it meets. The page may be empty although there is a cursor: go on from there. */
export async function findIds({ store }: ReadContext, { filter, limit, cursor }: JobsInput) {
  const found = await store.find({ ...filter, limit, cursor, withinMs: WITHIN_MS })
  return { ids: found.ids, cursor: found.cursor ?? null }
}
