import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, expect } from 'vitest'
import type { Role } from '../../../src/store/access.ts'
import { theBrowser } from './browser.ts'
import type { Stage } from './stage.ts'

export interface TabOptions {
  /** Signed in as a new user of this role, or with these permissions; nobody when null. */
  as?: Role | readonly string[] | null
  theme?: 'light' | 'dark'
  width?: number
  height?: number
}

declare global {
  interface Window {
    violations: string[]
  }
}

const contexts: { context: BrowserContext; origin: string; problems: string[] }[] = []

/** What no page may ever do, whatever a test is about: looked at after each. */
afterEach(async () => {
  const problems: string[] = []
  for (const { context, problems: found } of contexts.splice(0)) {
    for (const page of context.pages()) {
      const violations = await page.evaluate(() => window.violations ?? []).catch(() => [])
      problems.push(...violations)
    }
    problems.push(...found)
    await context.close()
  }
  expect(problems).toEqual([])
})

/** A browser of its own, with nothing but a session in it. Another tab of the same: `tab.context().newPage()`. */
export async function openTab(stage: Stage, options: TabOptions = {}): Promise<Page> {
  const { as = 'admin', theme = 'light', width = 1440, height = 900 } = options
  const context = await theBrowser().newContext({
    baseURL: stage.base,
    viewport: { width, height },
    colorScheme: theme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  })
  const problems: string[] = []
  contexts.push({ context, origin: stage.base, problems })
  await context.addInitScript(() => {
    window.violations = []
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      window.violations.push(`CSP: ${violatedDirective} ${blockedURI} ${sourceFile}`)
    })
  })
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && origin !== stage.base)
      problems.push(`off-origin: ${request.url()}`)
  })
  context.on('weberror', (error) => problems.push(`error: ${error.error().message}`))
  context.on('console', (message) => {
    const text = message.text()
    // The browser notes each answer that is an error; that they come is what some tests are about.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) problems.push(`console: ${text}`)
  })
  if (as !== null) {
    const { cookie } = await stage.signedIn(as)
    const at = cookie.indexOf('=')
    await context.addCookies([{ name: cookie.slice(0, at), value: cookie.slice(at + 1), url: stage.base }])
  }
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  return page
}

/** For what is `aria-disabled`: it can be pressed, and says why it does nothing. */
export const REFUSED = { force: true }

/** Opens a page and waits until it shows something. */
export async function visit(page: Page, path: string, heading?: string | RegExp): Promise<void> {
  await page.goto(path)
  await page.getByRole('heading', { level: 1, ...(heading === undefined ? {} : { name: heading }) }).waitFor()
}
