import { isId } from '../../../core/id.ts'
import type { JobAction } from '../../api.ts'
import { ACTION_NAMES, ACTIONS, refusalOf } from '../actions.ts'
import { jobMissing } from '../reads/logs.ts'
import type { Call, Reply, Route } from '../route.ts'
import { described, integer, object, oneOf, ref } from '../schemas/schema.ts'
import { query } from './schemas.ts'

const attempt = described({ ...integer, minimum: 1 }, 'Of this attempt only.')

const SUMMARY: Readonly<Record<JobAction, string>> = {
  retry: 'Runs a failed or cancelled job again, with all its retries',
  'run-now': 'Makes a waiting job due at once',
  cancel: 'Cancels a job; one that runs is stopped',
  delete: 'Removes a job that does not run',
}

export const jobRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/jobs/:id',
    access: 'jobs.read',
    summary: 'Everything about a job: its attempts, why it is where it is, what can be done',
    answer: ref('JobView'),
    handle: async ({ core, params }) => ({ bytes: await core.queries.json('job', { id: idOf(params) }) }),
  },
  {
    method: 'GET',
    path: '/jobs/:id/logs',
    access: 'logs.read',
    summary: 'What a job logged, from a line on',
    query: query({ attempt, after: described({ ...integer, minimum: 0 }, 'How many lines have been seen.') }),
    answer: ref('LogPage'),
    handle: async ({ core, params, query }) => {
      const input = { id: idOf(params), attempt: query.attempt as number | undefined, after: Number(query.after ?? 0) }
      return { bytes: await core.queries.json('jobLogs', input) }
    },
  },
  {
    method: 'GET',
    path: '/jobs/:id/log.txt',
    access: 'logs.read',
    summary: 'The same as a text to be kept',
    query: query({ attempt }),
    answer: 'text/plain',
    handle: async ({ core, params, query }) => {
      const id = idOf(params)
      const { text } = await core.queries.value('jobLogText', { id, attempt: query.attempt as number | undefined })
      return { text, headers: { 'content-disposition': `attachment; filename="job-${id}.log"` } }
    },
  },
  ...ACTION_NAMES.map(
    (action): Route => ({
      method: 'POST',
      path: `/jobs/:id/${action}`,
      access: ACTIONS[action].permission,
      summary: SUMMARY[action],
      answer: object<{ result: unknown }>({ result: oneOf('done', 'requested') }),
      handle: async (call) => await act(call, action),
    }),
  ),
]

async function act({ core, params, identity, visit }: Call, action: JobAction): Promise<Reply> {
  const id = idOf(params)
  const record = { actor: identity, action: `jobs.${action}`, target: id, address: visit.address }
  return await core.auth.audit.during(record, async () => {
    const [result = { id, result: 'missing' as const }] = await ACTIONS[action].run(core.store, [id])
    const refusal = refusalOf(action, result)
    if (refusal !== undefined) throw refusal
    return { json: { result: result.result } }
  })
}

/** @throws Problem 404: what is no id is the id of no job. */
export function idOf(params: Call['params']): string {
  const { id = '' } = params
  if (!isId(id)) throw jobMissing(String(id).slice(0, 100))
  return id
}
