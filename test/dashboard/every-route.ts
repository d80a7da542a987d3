import { newId } from '../../src/core/id.ts'
import type { Route } from '../../src/dashboard/server/route.ts'

/** What fits a route's form and asks for something that is not there: enough to find out who may. */
export function exampleOf({ method, path }: Route): { path: string; body: unknown } {
  const body = BODIES[`${method} ${path}`]
  const filled = path
    .replace('/queues/:name', '/queues/nowhere')
    .replace('/schedules/:name', '/schedules/nowhere')
    .replace('/workers/:id', '/workers/nobody')
    .replace('/causes/:fingerprint', '/causes/0123456789abcdef')
    .replace('/operations/:id', '/operations/none')
    .replaceAll(/:\w+/g, () => newId())
  return { path: `/api${filled}`, body }
}

const job = { class: 'ReportJob', method: 'build', args: [] }

const BODIES: Readonly<Record<string, unknown>> = {
  'POST /sign-in': { email: 'nobody@example.org', password: 'not the password' },
  'POST /sign-in/link': { link: 'x' },
  'POST /register': { invite: 'x', name: 'x', password: 'x' },
  'PUT /me/password': { password: 'correct horse battery' },
  'POST /jobs': job,
  'POST /jobs/:id/copy': job,
  'POST /jobs/actions': { action: 'retry', ids: [] },
  'POST /operations/preview': { action: 'retry', filter: 'class:Nothing' },
  'POST /operations': { action: 'retry', filter: 'class:Nothing' },
  'POST /jobs/clear': { confirm: 'clear' },
  'POST /causes/:fingerprint/mute': { hours: 24 },
  'POST /invitations': { email: 'new@example.org', role: 'viewer' },
  'PATCH /users/:id': { name: 'x' },
  'POST /tokens': { name: 'x', scopes: ['jobs.read'], expiresInDays: 1 },
  'PUT /settings': { auditDays: 30 },
}
