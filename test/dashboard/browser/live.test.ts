import type { Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({ working: false })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  const enqueue = (tag: string) =>
    stage.offstage.runBackgroundJob(ReportJob, 'build', [1], { delay: '5h', tags: [tag] })
  const requests = (page: Page, path: string) => {
    const seen: string[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === path) seen.push(request.url())
    })
    return seen
  }
  const isLive = (page: Page) => page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor()

  describe('changes', () => {
    test('made in one tab are seen in the other without a reload, over one stream for both', async () => {
      const one = await openTab(stage, { as: 'operator' })
      const streams = [requests(one, '/api/events')]
      await visit(one, '/jobs')
      await isLive(one)
      const other = await one.context().newPage()
      streams.push(requests(other, '/api/events'))
      await visit(other, '/')
      await isLive(other)
      await other.evaluate(() => {
        document.body.dataset.kept = 'yes'
      })

      await one.getByRole('button', { name: 'Enqueue' }).click()
      await one.getByLabel('Class').selectOption('ReportJob')
      await one.getByLabel('Arguments as JSON').fill('[1]')
      await one.getByLabel('Delay').fill('5h')
      await one.getByRole('dialog').getByRole('button', { name: 'Enqueue' }).click()
      await other.getByRole('list', { name: 'Jobs by status' }).getByRole('link', { name: 'pending 1' }).waitFor()
      expect(await other.evaluate(() => document.body.dataset.kept)).toBe('yes')
      expect(streams.map((each) => each.length)).toEqual([1, 0])

      // The tab with the stream goes: the other takes over.
      await one.close()
      await until('the other tab has a stream', () => streams[1]?.length === 1)
      await enqueue('after')
      await other.getByRole('link', { name: 'pending 2' }).waitFor()
    })

    test('do not move rows away: new ones wait behind a button, shown ones are kept up to date', async () => {
      const first = await enqueue('pill')
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/jobs?filter=tag:pill')
      const rows = page.locator('[data-row]')
      await until('one row', async () => (await rows.count()) === 1)
      await enqueue('pill')
      await enqueue('pill')
      const pill = page.getByRole('button', { name: 'Show 2 new' })
      await pill.waitFor()
      expect(await rows.count()).toBe(1)
      await stage.offstage.jobs.cancel(first.id)
      await rows.getByText('cancelled').filter({ visible: true }).waitFor()
      await pill.click()
      await until('three rows', async () => (await rows.count()) === 3)
      // What matches no more leaves by itself.
      await visit(page, '/jobs?filter=tag:pill+status:cancelled')
      await until('one cancelled', async () => (await rows.count()) === 1)
      await stage.offstage.jobs.delete(first.id)
      await page.getByText('No job matches').waitFor()
    })

    test('are asked for at most once a second, and not at all while the tab is hidden', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/')
      await isLive(page)
      const asked: Request[] = []
      page.on('request', (request) => {
        if (new URL(request.url()).pathname === '/api/now') asked.push(request)
      })
      for (let n = 0; n < 30; n += 1) {
        await enqueue('busy')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      await until('it has looked again', () => asked.length > 1)
      // By the browser's own clock: when it is told here depends on what else this machine does.
      const times = await Promise.all(asked.map((request) => request.response().then(() => request.timing().startTime)))
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      // Timers of a browser are not exact; twice as often would be twice as often.
      expect(Math.min(...gaps)).toBeGreaterThan(800)

      await setVisibility(page, 'hidden')
      await page.getByText('Paused').filter({ visible: true }).waitFor()
      const before = asked.length
      await enqueue('hidden')
      await new Promise((resolve) => setTimeout(resolve, 2500))
      expect(asked.length).toBe(before)
      await setVisibility(page, 'visible')
      await isLive(page)
      await until('it looks again at once', () => asked.length > before)
    })
  })

  describe('a server that goes away', () => {
    test('is said to be away; what was shown stays, and goes on by itself when it is back', async () => {
      await enqueue('away')
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/jobs?filter=tag:away')
      await until('one row', async () => (await page.locator('[data-row]').count()) === 1)
      await isLive(page)
      await until('the other pages are loaded ahead', () =>
        page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/settings-'))),
      )
      await stage.goAway()
      await page.getByText('The server cannot be reached.').waitFor()
      expect(await page.locator('[data-row]').count()).toBe(1)

      // Doing something says that it did not work, and why.
      await page.getByRole('button', { name: /^Actions for/ }).click()
      await page.getByRole('menuitem', { name: 'Cancel' }).click()
      await page.getByText(/Cancel did not work. The server cannot be reached/).waitFor()
      // Another page says what failed, and offers to try again.
      await page.getByRole('link', { name: 'Queues' }).click()
      await page.getByRole('alert').getByText('The queues could not be loaded.').waitFor()
      await page.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor()

      await stage.comeBack()
      await isLive(page)
      await page.getByRole('cell', { name: 'default' }).waitFor()
      expect(await page.getByRole('alert').count()).toBe(0)
      await page.getByText('The server cannot be reached.').waitFor({ state: 'detached' })
    })

    test('that has no stream is asked every few seconds', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await page.route('**/api/events', (route) => route.fulfill({ status: 503, body: 'no streams here' }))
      await visit(page, '/jobs?filter=tag:polled')
      await page.getByText('Every 5 s').filter({ visible: true }).waitFor()
      await enqueue('polled')
      await until('the row is there', async () => (await page.locator('[data-row]').count()) === 1)
    })
  })
})

/** As when another tab is in front of it. */
async function setVisibility(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((next) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => next })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
}
