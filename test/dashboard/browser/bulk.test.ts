import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, REFUSED, visit } from './tabs.ts'

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    // No worker: jobs stay where they are put.
    stage = await openStage({ working: false })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  const enqueue = async (count: number, tag: string) => {
    const jobs = Array.from({ length: count }, (_, n) => [ReportJob, 'build', [n], { delay: '5h', tags: [tag] }])
    await stage.offstage.runBackgroundJobs(jobs as never)
  }
  const count = (tag: string, status: 'pending' | 'cancelled') => stage.offstage.jobs.count({ tag, status })

  describe('several jobs', () => {
    test('that are selected are done to together', async () => {
      await enqueue(5, 'selected')
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/jobs?filter=tag:selected')
      await page
        .getByRole('checkbox', { name: /^Select ReportJob/ })
        .nth(1)
        .check()
      await page
        .getByRole('checkbox', { name: /^Select ReportJob/ })
        .nth(3)
        .check()
      const bar = page.getByRole('toolbar', { name: 'Selected jobs' })
      await bar.getByText('2 jobs selected').waitFor()
      await bar.getByRole('button', { name: 'Cancel' }).click()
      await page.getByText('Cancelled 2 jobs.').waitFor()
      expect(await count('selected', 'cancelled')).toBe(2)

      await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
      await bar.getByText('5 jobs selected').waitFor()
      // Of each kind those that it is possible for.
      await bar.getByRole('button', { name: 'Retry 2' }).click()
      await until('all wait again', async () => (await count('selected', 'pending')) === 5)
    })

    test('that match a filter are counted first, and then done to at a pace that can be aborted', async () => {
      await enqueue(300, 'matching')
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/jobs?filter=tag:matching')
      await page.getByRole('button', { name: 'Act on all that match' }).click()
      await page.getByRole('menuitem', { name: 'Cancel all that match' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('300 jobs', { exact: true }).waitFor()
      await dialog.getByText('npx offstage jobs cancel tag:matching').waitFor()
      await dialog.getByLabel('Pace').selectOption('10')
      await dialog.getByText(/about 30 s/).waitFor()
      await dialog.getByRole('button', { name: 'Cancel 300 jobs' }).click()
      await dialog.getByText(/of 300 done/).waitFor()
      await until('some are done', async () => (await count('matching', 'cancelled')) > 0)
      await dialog.getByRole('button', { name: 'Close, and let it go on' }).click()

      await visit(page, '/activity')
      await page.getByText('Cancel all that match').waitFor()
      await page.getByRole('button', { name: 'Abort' }).click()
      await page.getByText('aborted', { exact: true }).waitFor()
      expect(await count('matching', 'cancelled')).toBeLessThan(300)
      await page.getByRole('cell', { name: 'operations.abort' }).waitFor()
    })

    test('are not done to without a filter', async () => {
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/jobs')
      await page.getByRole('button', { name: 'Act on all that match' }).click()
      await page.getByRole('menuitem', { name: 'Delete all that match' }).click(REFUSED)
      await page.getByRole('status').getByText('Filter first').waitFor()
      expect(await page.getByRole('dialog').count()).toBe(0)
    })
  })

  describe('clearing', () => {
    test('removes every job once the word has been typed', async () => {
      await enqueue(12, 'cleared')
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, '/jobs')
      await page.getByRole('button', { name: 'Clear data' }).click()
      const dialog = page.getByRole('dialog', { name: 'Clear data' })
      await dialog.getByRole('button', { name: 'Clear data' }).click(REFUSED)
      // Behind a dialog, the corner of messages has no role; the button itself is described by the reason.
      await page.locator('[role=status]').getByText('Type the word clear first.').waitFor()
      expect(await count('cleared', 'pending')).toBe(12)
      await dialog.getByLabel(/to confirm/).fill('clear')
      await dialog.getByRole('button', { name: 'Clear data' }).click()
      await until('nothing is left', async () => (await stage.offstage.jobs.count({})) === 0)
      await page.getByText('No jobs yet').waitFor()
    })
  })
})
