import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { setScene } from './scene.ts'
import { openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    await setScene(stage)
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  describe('the list of jobs', () => {
    test('is filtered by typing, with what could be meant offered below', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/jobs')
      const filter = page.getByRole('combobox', { name: 'Filter' })
      await filter.fill('cl')
      await page.getByRole('option', { name: /^class:/ }).click()
      await page.getByRole('option', { name: /class:Mailer/ }).click()
      await filter.pressSequentially('status:fa')
      await filter.press('ArrowDown')
      await filter.press('Enter')
      await filter.press('Enter')
      await page.waitForURL(/filter=class%3AMailer\+status%3Afailed/)
      await until('eight rows', async () => (await page.locator('[data-row]').count()) === 8)
      await page.goBack()
      await until('all rows again', async () => (await page.locator('[data-row]').count()) > 8)
    })

    test('says what is wrong with a filter, and what was meant', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/jobs?filter=stauts%3Afailed')
      await page.getByRole('alert').getByText('did you mean status?').waitFor()
      expect(await page.getByRole('combobox', { name: 'Filter' }).getAttribute('aria-invalid')).toBe('true')
    })

    test('has a tab for each of the five statuses with its count, and a choice of priority', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/jobs')
      for (const [status, count] of Object.entries({
        pending: 1,
        running: 1,
        completed: 18,
        failed: 11,
        cancelled: 1,
      })) {
        await page.getByRole('button', { name: `${status} ${count}` }).waitFor()
      }
      await page.getByRole('button', { name: /^failed/ }).click()
      await page.waitForURL(/status%3Afailed/)
      await page.getByLabel('Priority').selectOption('high')
      await page.waitForURL(/priority%3Ahigh/)
      await until('two rows', async () => (await page.locator('[data-row]').count()) === 2)
      // The counts are of what the rest of the filter leaves.
      await page.getByRole('button', { name: 'completed 2' }).waitFor()
    })

    test('shows attempts, a turning sign on what runs, and the columns that were chosen', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/jobs?filter=class:ReportJob')
      await page.getByText('2 of 2').filter({ visible: true }).first().waitFor()
      await page.locator('[data-row]', { hasText: 'running' }).locator('svg[class*="turn"]').first().waitFor()
      expect(await page.getByRole('columnheader', { name: 'Tags' }).count()).toBe(0)
      await page.getByRole('button', { name: 'Columns' }).click()
      await page.getByRole('menuitemcheckbox', { name: 'Tags' }).click()
      await page.getByRole('menuitemcheckbox', { name: 'Queue' }).click()
      await page.keyboard.press('Escape')
      await page.reload()
      await page.getByRole('columnheader', { name: 'Tags' }).waitFor()
      expect(await page.getByRole('columnheader', { name: 'Queue' }).count()).toBe(0)
    })

    test('gives the command for the same list', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await visit(page, '/jobs?filter=status%3Afailed+class%3AMailer')
      await page.getByRole('button', { name: 'Copy as CLI' }).click()
      await page.getByText('Copied: npx offstage jobs list status:failed class:Mailer').waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
        'npx offstage jobs list status:failed class:Mailer',
      )
    })

    test('is paged by where the page before ended', async () => {
      await stage.offstage.runBackgroundJobs(
        Array.from({ length: 120 }, (_, n) => [ReportJob, 'build', [n], { delay: '5h', tags: ['paged'] }] as never),
      )
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/jobs?filter=tag:paged')
      const rows = page.locator('[data-row]')
      for (const count of [50, 50, 20]) {
        await until(`${count} rows`, async () => (await rows.count()) === count)
        if (count === 50) await page.getByRole('link', { name: 'Older' }).click()
      }
      await page.getByRole('link', { name: 'Newest' }).click()
      await until('the first page', async () => (await rows.count()) === 50)
    })
  })

  describe('the log files', () => {
    test('are one view that is filtered by file, severity, class, job and text, and grows by itself', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/logs')
      await page.getByText('Job dispatched').first().waitFor()
      await page.getByRole('button', { name: 'Errors' }).click()
      await until('only what went wrong', async () => {
        const texts = await page.locator('[data-row]').allTextContents()
        return texts.length > 0 && texts.every((text) => /warning|error/.test(text))
      })
      await page.getByLabel('Text in the line').fill('person23@example.com')
      await until('only that letter', async () => (await page.locator('[data-row]').count()) === 1)
      await page.getByLabel('Text in the line').fill('')
      await page.getByRole('button', { name: 'All steps' }).click()
      await page.getByLabel('Class').fill('Hostile')
      await until('only that class', async () =>
        (await page.locator('[data-row]').allTextContents()).every((text) => text.includes('Hostile')),
      )
      await page.getByLabel('Class').fill('')
      const { id } = await stage.offstage.runBackgroundJob(ReportJob, 'build', [1])
      await page.getByText(id).first().waitFor()
    })
  })

  describe('rates', () => {
    test('can be read as a chart and as a table', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/')
      await until(
        'the rates are known',
        async () => (await page.getByRole('img', { name: /[1-9]\d* completed/ }).count()) > 0,
      )
      await page.getByRole('button', { name: 'Table' }).click()
      await page.getByRole('columnheader', { name: 'Completed' }).waitFor()
      await page.getByRole('columnheader', { name: /Time \(UTC\+1\)/ }).waitFor()
    })

    test('are there for each handler, with its chart and what is configured', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/handlers')
      const row = page.getByRole('row', { name: /Mailer\.welcome/ })
      await until('its failures are counted', async () => /33 %/.test((await row.textContent()) ?? ''))
      await row.getByRole('button', { name: 'Mailer.welcome' }).click()
      await page.getByText('Isolation').waitFor()
      await page.getByRole('link', { name: 'Failed ones' }).click()
      await page.waitForURL(/class%3AMailer/)
      await until('eight rows', async () => (await page.locator('[data-row]').count()) === 8)
    })
  })
})
