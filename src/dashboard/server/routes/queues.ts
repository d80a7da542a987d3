import { OffstageError } from '../../../core/errors.ts'
import { checkPauseReason, checkQueue, given } from '../../../core/options.ts'
import type { Call, Reply, Route } from '../route.ts'
import { listOf, object, oneOf, ref, text } from '../schemas/schema.ts'
import { windowOf } from '../window.ts'
import { pauseBody, query, since } from './schemas.ts'

export const queueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/queues',
    access: 'jobs.read',
    summary: 'Every queue: what waits, since when, how fast it goes, who serves it',
    answer: object<{ queues: unknown }>({ queues: listOf(ref('QueueRow')) }),
    handle: async ({ core }) => ({ bytes: await core.queries.json('queues', {}) }),
  },
  ...(['pause', 'resume'] as const).map(
    (verb): Route => ({
      method: 'POST',
      path: `/queues/:name/${verb}`,
      access: 'queues.pause',
      summary: verb === 'pause' ? 'Starts no more jobs of a queue' : 'Goes on with a queue',
      ...(verb === 'pause' ? pauseBody('Shown with the queue while it is paused.') : {}),
      answer: object<{ name: unknown }>({ name: text(100) }),
      handle: async (call) => await setPaused(call, verb),
    }),
  ),
  {
    method: 'GET',
    path: '/workers',
    access: 'jobs.read',
    summary: 'The workers of every machine, and what they run',
    answer: object<{ workers: unknown }>({ workers: listOf(ref('WorkerRow')) }),
    handle: async ({ core }) => ({ bytes: await core.queries.json('workers', {}) }),
  },
  ...(['quiet', 'stop', 'resume'] as const).map(
    (what): Route => ({
      method: 'POST',
      path: `/workers/:id/${what}`,
      access: 'workers.manage',
      summary: `Asks a worker to ${{ quiet: 'claim nothing more', stop: 'stop', resume: 'claim again' }[what]}`,
      answer: object<{ result: unknown }>({ result: oneOf('requested') }),
      handle: async (call) => await askWorker(call, what),
    }),
  ),
  {
    method: 'GET',
    path: '/handlers',
    access: 'jobs.read',
    summary: 'Every handler: how often, how long, how often it fails, and what its arguments look like',
    query: query({ since }),
    answer: object<{ handlers: unknown }>({ handlers: listOf(ref('HandlerRow')) }),
    handle: async ({ core, query }) => {
      const windowMs = windowOf(query.since as string | undefined)
      return { bytes: await core.queries.json('handlers', { windowMs }) }
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    access: 'jobs.read',
    summary: 'What became of attempts over time, and how long they waited and ran',
    query: query({ since, class: text(200), method: text(200), queue: text(100) }),
    answer: ref('MetricsAnswer'),
    handle: async ({ core, query }) => {
      const { since: span, class: className, method, queue } = query as Record<string, string | undefined>
      const windowMs = windowOf(span)
      return { bytes: await core.queries.json('metrics', { windowMs, class: className, method, queue }) }
    },
  },
]

async function setPaused({ core, params, body, identity, visit }: Call, verb: 'pause' | 'resume'): Promise<Reply> {
  const name = checkQueue(params.name, 'queue')
  const reason = given((body as { reason?: string } | undefined)?.reason, checkPauseReason)
  const detail = reason === undefined ? undefined : { reason }
  const record = { actor: identity, action: `queues.${verb}`, target: name, detail, address: visit.address }
  await core.auth.audit.during(record, async () => {
    // A queue comes into being by being paused; to resume one that nobody knows is a mistake.
    if (verb === 'resume' && !(await core.store.queues(1)).some((queue) => queue.name === name)) {
      throw new OffstageError('QUEUE_NOT_FOUND', `there is no queue ${name}`)
    }
    await core.store.setPaused(name, verb === 'pause', reason)
  })
  return { json: { name } }
}

async function askWorker(call: Call, what: 'quiet' | 'stop' | 'resume'): Promise<Reply> {
  const { core, params, identity, visit } = call
  const id = params.id as string
  const record = { actor: identity, action: `workers.${what}`, target: id, address: visit.address }
  await core.auth.audit.during(record, async () => {
    const found = (await core.store.workers()).find((worker) => worker.id === id)
    if (found === undefined || found.status === 'lost' || !(await core.store.ask(id, what))) {
      throw new OffstageError(
        'WORKER_NOT_FOUND',
        `no worker ${id} runs: it has stopped, or it is lost and hears nothing`,
      )
    }
  })
  return { json: { result: 'requested' } }
}
