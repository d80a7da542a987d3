import type { Example } from './routes.ts'
import { get } from './routes.ts'
import type { Place } from './served.ts'

export const TABS = 10
/** As the pages do: changes that come faster are looked at together. */
const AT_MOST_EVERY_MS = 1_000

/** What each of ten tabs shows. No two show the same: then one answer would do for both. */
function tabsOf({ cause }: Example): readonly (readonly string[])[] {
  return [
    ['now'],
    ['causes?since=24h'],
    [`causes/${cause}?since=24h`],
    ['jobs?filter=&limit=50', 'jobs/counts?filter='],
    ['jobs?filter=status%3Afailed&limit=50', 'jobs/counts?filter=status%3Afailed'],
    ['queues'],
    ['workers'],
    ['handlers?since=24h'],
    ['logs?file=main'],
    ['activity', 'operations'],
  ]
}

/**
 * Ten tabs in ten browsers, all of them looked at: each has a stream, and asks for what it shows whenever that may have
 * changed. Tabs of one browser share a stream, and hidden ones ask for nothing. Until it is ended.
 */
export async function holdTabs({ place, example }: { place: Place; example: Example }): Promise<void> {
  await Promise.all(tabsOf(example).map((routes) => holdTab(place, routes)))
}

async function holdTab(place: Place, routes: readonly string[]): Promise<void> {
  const look = async () => {
    for (const route of routes) await get(place, route)
  }
  await look()
  const { body } = await fetch(`${place.origin}/api/events`, { headers: { cookie: place.cookie } })
  const decoder = new TextDecoder()
  let lookedAt = 0
  let due: NodeJS.Timeout | undefined
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    if (!/"changed":\["/.test(decoder.decode(chunk, { stream: true })) || due !== undefined) continue
    due = setTimeout(
      () => {
        due = undefined
        lookedAt = performance.now()
        // A server that is being closed.
        look().catch(() => {})
      },
      Math.max(0, lookedAt + AT_MOST_EVERY_MS - performance.now()),
    )
  }
}
