import { type Mute, setMute } from '../mutes.ts'
import { notFound } from '../problem.ts'
import type { Call, Reply, Route } from '../route.ts'
import { between, described, listOf, object, orNull, ref, text } from '../schemas/schema.ts'
import { windowOf } from '../window.ts'
import { query, since } from './schemas.ts'

export const nowRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/now',
    access: 'jobs.read',
    summary: 'How it goes: a verdict, what is wrong, causes, queues, the last hour',
    answer: ref('Now'),
    handle: async ({ core }) => ({ bytes: await core.queries.json('now', {}) }),
  },
  {
    method: 'GET',
    path: '/causes',
    access: 'jobs.read',
    summary: 'Failures by their cause, the latest first',
    query: query({ since }),
    answer: object<{ causes: unknown }>({ causes: listOf(ref('CauseRow')) }),
    handle: async ({ core, query }) => {
      const windowMs = windowOf(query.since as string | undefined)
      return { bytes: await core.queries.json('causes', { windowMs }) }
    },
  },
  {
    method: 'GET',
    path: '/causes/:fingerprint',
    access: 'jobs.read',
    summary: 'One cause: its stack, what its failures share, samples, logs',
    query: query({ since }),
    answer: ref('CauseDetail'),
    handle: async ({ core, query, params }) => {
      const windowMs = windowOf(query.since as string | undefined)
      const fingerprint = params.fingerprint as string
      return { bytes: await core.queries.json('cause', { windowMs, fingerprint }) }
    },
  },
  {
    method: 'POST',
    path: '/causes/:fingerprint/mute',
    access: 'causes.mute',
    summary: 'Leaves a cause out of the verdict, and lists it last',
    body: object<{ hours: number | null }>({
      hours: described(orNull(between(1, 8_760)), 'For how long; null until somebody ends it.'),
    }),
    answer: object<{ fingerprint: string }>({ fingerprint: text(64) }),
    handle: async (call) => {
      const { hours } = call.body as { hours: number | null }
      const until = hours === null ? null : Date.now() + hours * 3_600_000
      return await mute(call, 'causes.mute', { until, by: call.identity.name }, { hours })
    },
  },
  {
    method: 'POST',
    path: '/causes/:fingerprint/unmute',
    access: 'causes.mute',
    summary: 'Lets a cause speak again',
    answer: object<{ fingerprint: string }>({ fingerprint: text(64) }),
    handle: async (call) => await mute(call, 'causes.unmute', undefined),
  },
]

async function mute(
  { core, params, identity, visit }: Call,
  action: string,
  mute: Mute | undefined,
  detail?: unknown,
): Promise<Reply> {
  const fingerprint = params.fingerprint as string
  const record = { actor: identity, action, target: fingerprint, detail, address: visit.address }
  await core.auth.audit.during(record, async () => {
    const [found] = await core.store.causes({ since: 0, fingerprint, slices: 1, limit: 1 })
    if (found === undefined) throw notFound(`nothing that is kept has failed by the cause ${fingerprint.slice(0, 100)}`)
    await setMute(core.store.access, fingerprint, mute, Date.now())
  })
  core.events.changed('jobs')
  return { json: { fingerprint } }
}
