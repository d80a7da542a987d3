import type { Route } from '../route.ts'
import { listOf, object, ref } from '../schemas/schema.ts'
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
]
