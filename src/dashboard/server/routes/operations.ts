import type { JobFilter } from '../../../core/filter.ts'
import { filterCommand } from '../../../core/filter-text.ts'
import type { JobAction } from '../../api.ts'
import { ACTION_NAMES, ACTIONS } from '../actions.ts'
import { lacks } from '../auth/identity.ts'
import type { Permission } from '../auth/permissions.ts'
import { filterOf } from '../filter-input.ts'
import { badRequest, notFound, Problem } from '../problem.ts'
import { toOperationView } from '../reads/activity.ts'
import { accepted } from '../refuse.ts'
import type { Call, Reply, Route } from '../route.ts'
import { described, integer, listOf, number, object, oneOf, orNull, ref, text } from '../schemas/schema.ts'
import { ACTION_PERMISSIONS } from './jobs.ts'
import { query } from './schemas.ts'

const SAMPLE = 10
const action = oneOf(...ACTION_NAMES)
const filter = described(text(50_000), 'A filter; it may not be empty.')

export const operationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/activity',
    access: 'audit.read',
    summary: 'Who did what, the latest first',
    query: query({
      before: described(integer, 'Entries older than this `seq`.'),
      actor: described(text(200), "A user's id."),
      action: described(text(60), 'Such as `jobs.retry`.'),
      target: described(text(190), 'An id, a name, a filter.'),
    }),
    answer: ref('Activity'),
    handle: async ({ core, query }) => {
      const { before, actor, action: wanted, target } = query as Record<string, string | undefined>
      const request = { limit: 50, before: before === undefined ? undefined : Number(before) }
      return { bytes: await core.queries.json('activity', { ...request, actor, action: wanted, target }) }
    },
  },
  {
    method: 'GET',
    path: '/operations',
    access: 'jobs.read',
    summary: 'Bulk actions, the latest first',
    answer: object<{ operations: unknown }>({ operations: listOf(ref('OperationView')) }),
    handle: async ({ core }) => {
      await core.operations.sweep()
      return { bytes: await core.queries.json('operations', {}) }
    },
  },
  {
    method: 'GET',
    path: '/operations/:id',
    access: 'jobs.read',
    summary: 'One bulk action and how far it is',
    answer: ref('OperationView'),
    handle: async ({ core, params }) => ({ bytes: await core.queries.json('operation', { id: params.id ?? '' }) }),
  },
  {
    method: 'POST',
    path: '/operations/preview',
    access: { field: 'action', by: ACTION_PERMISSIONS },
    summary: 'What a bulk action would meet; changes nothing',
    body: object<{ action: unknown; filter: unknown }>({ action, filter }),
    answer: ref('OperationPreview'),
    handle: async ({ core, body }) => {
      const request = body as { action: JobAction; filter: string }
      const found = await core.queries.value('matching', { filter: bulkFilter(request), limit: SAMPLE })
      const cli = filterCommand(filterOf(request.filter), `offstage jobs ${request.action}`)
      return { json: { ...found, cli } }
    },
  },
  {
    method: 'POST',
    path: '/operations',
    access: { field: 'action', by: ACTION_PERMISSIONS },
    summary: 'Does something to every job that matches, in the background',
    body: object<{ action: unknown; filter: unknown; pace?: unknown }>(
      {
        action,
        filter,
        pace: described(orNull({ ...number, minimum: 0.1, maximum: 100_000 }), 'Jobs a second at most.'),
      },
      ['pace'],
    ),
    answer: ref('OperationView'),
    status: 202,
    handle: async (call) => {
      const { pace = null, ...request } = call.body as { action: JobAction; filter: string; pace?: number | null }
      return await start(call, { ...request, pace }, bulkFilter(request))
    },
  },
  {
    method: 'POST',
    path: '/jobs/clear',
    access: 'jobs.clear',
    summary: 'Removes all jobs that do not run, with their attempts and logs',
    body: object<{ confirm: unknown }>({ confirm: oneOf('clear') }),
    answer: ref('OperationView'),
    status: 202,
    handle: async (call) => await start(call, { action: 'clear', filter: '', pace: null }, {}),
  },
  {
    method: 'POST',
    path: '/operations/:id/abort',
    // Whoever may start it; which permission that is, the operation tells.
    access: 'signed-in',
    summary: 'Ends a bulk action; what it has done stays done',
    answer: ref('OperationView'),
    handle: abort,
  },
]

interface BulkRequest {
  action: JobAction | 'clear'
  filter: string
  pace: number | null
}

async function start({ core, identity, visit }: Call, request: BulkRequest, filter: JobFilter): Promise<Reply> {
  const { action, filter: text, pace } = request
  const record = { actor: identity, action: `operations.${action}`, target: text, address: visit.address }
  const detail: Record<string, unknown> = { filter: text, pace }
  const operation = await core.auth.audit.during({ ...record, detail }, async () => {
    const { matching } = await core.queries.value('matching', { filter, limit: 1 })
    const total = matching.more ? null : matching.count
    const actor = { actor: identity.id, actorName: identity.name }
    const started = await core.operations.start({ action, filter: text, pace, total, ...actor }, filter)
    detail.id = started.id
    return started
  })
  return { status: 202, json: toOperationView(operation) }
}

async function abort({ core, params, identity, visit }: Call): Promise<Reply> {
  const id = params.id ?? ''
  const operation = await core.store.access.operation(id)
  if (operation === undefined) throw notFound(`there is no operation ${id.slice(0, 100)}`)
  const permission: Permission = operation.action === 'clear' ? 'jobs.clear' : ACTIONS[operation.action].permission
  accepted(lacks(identity, permission))
  const record = { actor: identity, action: 'operations.abort', target: id, address: visit.address }
  await core.auth.audit.during(record, async () => {
    if (await core.store.access.endOperation(id, 'aborted')) return
    throw new Problem(409, { code: 'OPERATION_ENDED', message: `this operation has ended already: ${operation.state}` })
  })
  const ended = await core.store.access.operation(id)
  return { json: toOperationView(ended ?? operation) }
}

/** The filter, of those statuses only that the action is possible in. @throws Problem 400 when it means every job. */
function bulkFilter({ action, filter: text }: { action: JobAction; filter: string }): JobFilter {
  const parsed = filterOf(text)
  if (text.trim() === '') throw badRequest('filter', 'is empty: say which jobs, such as status:failed')
  const { from } = ACTIONS[action]
  const asked = parsed.status === undefined ? from : [parsed.status].flat()
  const possible = asked.filter((status) => from.includes(status))
  if (possible.length > 0) return { ...parsed, status: possible }
  throw badRequest('filter', `asks for ${asked.join(', ')} jobs: ${ACTIONS[action].only}`)
}
