import { setTimeout as sleep } from 'node:timers/promises'
import type { Place } from './served.ts'

/** A job that has failed, and its cause: what the routes of one thing are asked about. */
export interface Example {
  job: string
  cause: string
}

/** Every route that reads, with what there is among a million jobs: what an index leads to, and what none does. */
export function routesOf({ job, cause }: Example): readonly string[] {
  return [
    'now',
    'causes?since=24h',
    `causes/${cause}?since=24h`,
    ...FILTERS.map((filter) => `jobs?filter=${encodeURIComponent(filter)}`),
    ...COUNTED.map((filter) => `jobs/counts?filter=${encodeURIComponent(filter)}`),
    `jobs/${job}`,
    `jobs/${job}/logs`,
    `jobs/${job}/log.txt`,
    'queues',
    'workers',
    'handlers?since=24h',
    'metrics?since=1h',
    'logs?file=main',
    'logs?file=errors&class=Report',
    'activity',
    'operations',
    'me',
    'settings',
    'users',
    'invitations',
    'sessions',
    'tokens',
    'openapi.json',
  ]
}

const FILTERS = [
  '',
  'status:failed',
  'status:pending',
  'status:running',
  'status:completed class:Report',
  'status:completed class:Audit',
  'status:pending class:Audit',
  'class:Invoice',
  'class:Audit',
  'tag:nightly',
  'args.user.id:42',
]
const COUNTED = ['', 'class:Mail', 'class:Audit', 'status:failed queue:reports']

/** One answer: when it was asked for, in ms since 1970, and how long it took. */
export interface Answered {
  what: string
  at: number
  ms: number
}

export interface Asked {
  place: Place
  example: Example
  rounds: number
  /** From one question to the next; 0: each when the one before is answered. */
  everyMs: number
}

/** The same question within a second is given the same answer: none is asked again so soon. */
const KEPT_MS = 1_050

/** What costs much stands together in the list: nobody asks in that order. */
function mixed(routes: readonly string[]): readonly string[] {
  const stride = 7
  const columns = Array.from({ length: stride }, (_, first) => routes.filter((_, index) => index % stride === first))
  return columns.flat()
}

/** Each route in turn, so many times. A question is asked when it is its turn, whether the last is answered or not. */
export async function ask({ place, example, rounds, everyMs }: Asked): Promise<Answered[]> {
  const answered: Answered[] = []
  const waiting: Promise<void>[] = []
  for (let round = 0; round < rounds; round++) {
    const beganAt = performance.now()
    for (const route of mixed(routesOf(example))) {
      const answer = get(place, route).then((ms) => {
        // The first two times the plans and the caches are made.
        if (round >= 2) answered.push({ what: route, at: Date.now() - ms, ms })
      })
      if (everyMs === 0) await answer
      else {
        waiting.push(answer)
        await sleep(everyMs)
      }
    }
    await sleep(Math.max(0, KEPT_MS - (performance.now() - beganAt)))
  }
  await Promise.all(waiting)
  return answered
}

/** How long the answer took, to its last byte. One that is none, such as that it took too long, counts as it came. */
export async function get({ origin, cookie }: Place, route: string, signal?: AbortSignal): Promise<number> {
  const beganAt = performance.now()
  const response = await fetch(`${origin}/api/${route}`, { headers: { cookie }, ...(signal && { signal }) })
  const text = await response.text()
  if (!response.ok) console.error(`    ${route}: ${response.status} ${text}`)
  return performance.now() - beganAt
}
