import { chromium } from 'playwright-core'
import { launchOptions } from '../../test/dashboard/browser/launch.ts'
import type { Answered, Example } from './routes.ts'
import type { Place } from './served.ts'

const PATIENCE_MS = 30_000

/** Every page, and a text that is there with what the database has to say, not before. */
function pagesOf({ job, cause }: Example): readonly (readonly [path: string, shows: string])[] {
  return [
    ['/', 'it broke in way'],
    ['/causes', 'it broke in way'],
    [`/causes/${cause}`, 'What the failures share'],
    ['/jobs', 'Noop'],
    ['/jobs?filter=status%3Afailed', 'TypeError'],
    ['/jobs?filter=status%3Acompleted+class%3AAudit', 'Older'],
    [`/jobs/${job}`, 'it broke in way'],
    ['/queues', 'paused'],
    ['/workers', 'on every machine'],
    ['/handlers', 'Noop.run'],
    ['/logs', 'Noop.run'],
    ['/activity', 'sign-in'],
    ['/settings', 'What is kept'],
  ]
}

/** Opens each page so often, each time in a browser that was never there; how long until its data was painted. */
export async function paint({
  place,
  example,
  visits,
}: {
  place: Place
  example: Example
  visits: number
}): Promise<Answered[]> {
  const browser = await chromium.launch(await launchOptions())
  const painted: Answered[] = []
  for (let visit = 0; visit <= visits; visit++) {
    for (const [path, shows] of pagesOf(example)) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      const at = place.cookie.indexOf('=')
      const [name, value] = [place.cookie.slice(0, at), place.cookie.slice(at + 1)]
      await context.addCookies([{ name, value, url: place.origin }])
      const page = await context.newPage()
      const openedAt = Date.now()
      await page.goto(place.origin + path, { waitUntil: 'commit' })
      // A page that never shows it counts as one that took all that time; what it showed instead is told.
      const ms = await whenShown(page, shows).catch(async () => {
        console.error(`    ${path} does not show "${shows}" but: ${(await page.innerText('body')).slice(0, 500)}`)
        return PATIENCE_MS
      })
      // The first time, the browser itself gets ready.
      if (visit > 0) painted.push({ what: path, at: openedAt, ms })
      await context.close()
    }
  }
  await browser.close()
  return painted
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof chromium.launch>>['newPage']>>

/** Since the navigation began, by the page's own clock, in the frame that is painted with the text and no placeholder. */
async function whenShown(page: Page, shows: string): Promise<number> {
  const handle = await page.waitForFunction(
    (text) => {
      const main = document.querySelector('main')
      const isThere = main?.innerText.includes(text) && document.querySelector('.skeleton') === null
      return isThere ? performance.now() : false
    },
    shows,
    { polling: 'raf', timeout: PATIENCE_MS },
  )
  return Number(await handle.jsonValue())
}
