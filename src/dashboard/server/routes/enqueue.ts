import type { Enqueued } from '../../../core/job.ts'
import type { EnqueueRequest } from '../../api.ts'
import { COPY_TAG } from '../copy-tag.ts'
import { badRequest } from '../problem.ts'
import { jobMissing } from '../reads/logs.ts'
import type { Call, Reply, Route } from '../route.ts'
import { anything, described, integer, listOf, object, oneOf, type Schema, string, text } from '../schemas/schema.ts'
import { hiddenPath, markSecrets } from '../secret-paths.ts'
import { idOf } from './job.ts'

const request: Schema = object<EnqueueRequest>(
  {
    class: text(200, 1),
    method: text(200, 1),
    args: listOf(anything),
    options: object<NonNullable<EnqueueRequest['options']>>(
      {
        delay: described({ type: ['number', 'string'] }, 'Seconds, `5m`, or a moment in ISO 8601.'),
        retries: integer,
        priority: described({ type: ['integer', 'string'] }, '`high`, `medium`, `low`, or any integer.'),
        queue: string,
        tags: listOf(string, 50),
        unique: described(
          { type: ['boolean', 'string'] },
          'Not while a job with the same arguments, or this key, has not ended.',
        ),
      },
      ['delay', 'retries', 'priority', 'queue', 'tags', 'unique'],
    ),
    secrets: described(listOf(text(500), 100), 'Paths of arguments to be sealed as secrets: `0.token`.'),
  },
  ['options', 'secrets'],
)

const answer: Schema = object<Enqueued>({ id: string, status: oneOf('created', 'duplicate') })

export const enqueueRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/jobs',
    access: 'jobs.enqueue',
    summary: 'Enqueues a job',
    body: request,
    answer,
    status: 201,
    handle: async (call) => {
      const { class: className, method } = call.body as EnqueueRequest
      const record = { actor: call.identity, action: 'jobs.enqueue', target: `${className}.${method}` }
      return await enqueue(call, record)
    },
  },
  {
    method: 'POST',
    path: '/jobs/:id/copy',
    access: 'jobs.enqueue',
    summary: 'Enqueues an edited copy of a job, which is linked to it',
    body: request,
    answer,
    status: 201,
    handle: async (call) => {
      const id = idOf(call.params)
      if ((await call.core.store.get(id)) === undefined) throw jobMissing(id)
      checkNotHidden(call.body as EnqueueRequest)
      return await enqueue(call, { actor: call.identity, action: 'jobs.copy', target: id }, [`${COPY_TAG}${id}`])
    },
  },
]

async function enqueue(
  { core, body, visit }: Call,
  record: { actor: Call['identity']; action: string; target: string },
  tags: readonly string[] = [],
): Promise<Reply> {
  const { class: className, method, args, options = {}, secrets = [] } = body as EnqueueRequest
  markSecrets(args, secrets)
  const delay = typeof options.delay === 'string' ? delayOrDate(options.delay) : options.delay
  const own = { ...options, ...(delay === undefined ? {} : { delay }), tags: [...(options.tags ?? []), ...tags] }
  // Never the arguments: the audit log is no place for them.
  const detail: Record<string, unknown> = { class: className, method, options }
  const written = { ...record, detail, address: visit.address }
  const json = await core.auth.audit.during(written, async () => {
    const enqueued = await core.enqueue(className, method, args, own)
    detail.id = enqueued.id
    return enqueued
  })
  return { status: 201, json }
}

function checkNotHidden({ args }: EnqueueRequest): void {
  const path = hiddenPath(args)
  if (path === undefined) return
  throw badRequest('args', `still say [secret] at ${path}: type the secret again, and name its path in secrets`)
}

/** A time span, or a moment in ISO 8601. */
function delayOrDate(delay: string): string | Date {
  return /^\d{4}-\d\d-\d\d/.test(delay) ? new Date(delay) : delay
}
