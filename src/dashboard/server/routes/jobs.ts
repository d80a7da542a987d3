import type { JobAction } from '../../api.ts'
import { ACTION_NAMES, ACTIONS } from '../actions.ts'
import { filterOf } from '../filter-input.ts'
import type { Call, Reply, Route } from '../route.ts'
import { described, listOf, object, oneOf, ref } from '../schemas/schema.ts'
import { cursor, filter, ids, limit, query } from './schemas.ts'

const DEFAULT_LIMIT = 50
const MOST_LISTED = 200

/** Each action's own permission, by its name. */
export const ACTION_PERMISSIONS = Object.fromEntries(ACTION_NAMES.map((name) => [name, ACTIONS[name].permission]))

export const jobsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/jobs',
    access: 'jobs.read',
    summary: 'Jobs, newest first, a page at a time',
    query: query({ filter, limit: limit(MOST_LISTED), cursor }),
    answer: ref('JobList'),
    handle: async ({ core, query }) => {
      const input = { filter: filterOf(query.filter), limit: Number(query.limit ?? DEFAULT_LIMIT) }
      return { bytes: await core.queries.json('jobs', { ...input, cursor: query.cursor as string | undefined }) }
    },
  },
  {
    method: 'GET',
    path: '/jobs/counts',
    access: 'jobs.read',
    summary: "How many jobs of each status; the filter's own status is left out",
    query: query({ filter }),
    answer: ref('StatusCounts'),
    handle: async ({ core, query }) => ({
      bytes: await core.queries.json('jobCounts', { filter: filterOf(query.filter) }),
    }),
  },
  {
    method: 'POST',
    path: '/jobs/actions',
    access: { field: 'action', by: ACTION_PERMISSIONS },
    summary: 'Does the same to several jobs, up to 1,000',
    body: object<{ action: unknown; ids: unknown }>({
      action: oneOf(...ACTION_NAMES),
      ids: described(ids, 'Ids of jobs.'),
    }),
    answer: object<{ results: unknown }>({ results: listOf(ref('CommandResult')) }),
    handle: actOnSeveral,
  },
]

async function actOnSeveral({ core, body, identity, visit }: Call): Promise<Reply> {
  const { action, ids: given } = body as { action: JobAction; ids: string[] }
  const ids = [...new Set(given)]
  const record = {
    actor: identity,
    action: `jobs.${action}`,
    target: ids.length === 1 ? (ids[0] as string) : `${ids.length} jobs`,
    detail: { ids },
    address: visit.address,
  }
  const results = await core.auth.audit.during(record, () => ACTIONS[action].run(core.store, ids))
  return { json: { results: results.map(({ id, result, status }) => ({ id, result, ...(status && { status }) })) } }
}
