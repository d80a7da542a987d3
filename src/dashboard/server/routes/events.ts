import { lacks } from '../auth/identity.ts'
import { Refused } from '../auth/refused.ts'
import type { Route } from '../route.ts'

export const eventRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/events',
    access: 'jobs.read',
    summary: 'Server-sent events: what has changed, at most once a second',
    answer: 'text/event-stream',
    handle: async ({ core, request, visit }) => {
      const allowed = async () => {
        const who = await core.auth.identify(request, visit)
        return !(who instanceof Refused || who instanceof Response || lacks(who, 'jobs.read') !== undefined)
      }
      return {
        text: await core.events.open(request.headers.has('last-event-id'), allowed),
        // A proxy that gathers what it passes on would keep events back.
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
      }
    },
  },
]
