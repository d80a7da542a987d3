import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, test, vi } from 'vitest'
import { launchOptions } from './launch.ts'

const TRIES = 3

let browser: Browser | undefined
afterAll(async () => {
  await browser?.close()
})

/** The browser of this file's tests. */
export function theBrowser(): Browser {
  if (browser === undefined) throw new Error('the browser is used outside of inBrowser()')
  return browser
}

/**
 * Defines the tests of a file, where a browser runs. Where none does, the end of the run says so; CI fails.
 * `OFFSTAGE_TEST_BROWSER` names the program of another Chromium.
 */
export async function inBrowser(define: () => void): Promise<void> {
  // Whole journeys through pages, on a machine that may have other things to do.
  vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })
  const missing = await launch()
  if (missing === undefined) return define()
  test('a browser is there to test in', ({ task, skip }) => {
    task.meta.notReached = `The dashboard's pages were not tested: ${missing} (OFFSTAGE_TEST_BROWSER names a Chromium)`
    if (process.env.CI === 'true') throw new Error(task.meta.notReached)
    skip()
  })
}

/** Why no browser runs here; undefined when one does. */
async function launch(): Promise<string | undefined> {
  let last = ''
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      browser = await chromium.launch(await launchOptions())
      return undefined
    } catch (error) {
      last = (error as Error).message.split('\n').slice(0, 3).join(' ')
      // Another run of the tests may be unpacking the browser to the same place.
      await pause(1500)
    }
  }
  return last
}
