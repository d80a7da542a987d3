import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { held, Mailer, openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

const KEY = Buffer.alloc(32, 9).toString('base64')

await inBrowser(() => {
  let before: string | undefined
  let stage: Stage
  beforeAll(async () => {
    before = process.env.OFFSTAGE_SECRET_KEY
    process.env.OFFSTAGE_SECRET_KEY = KEY
    stage = await openStage()
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    if (before === undefined) delete process.env.OFFSTAGE_SECRET_KEY
    else process.env.OFFSTAGE_SECRET_KEY = before
  })

  const statusOf = async (id: string) => (await stage.offstage.jobs.get(id))?.status
  const becomes = (id: string, status: string) =>
    until(`${id} is ${status}`, async () => (await statusOf(id)) === status)
  const delayed = async (tag: string) =>
    (await stage.offstage.runBackgroundJob(ReportJob, 'build', [1], { delay: '3h', tags: [tag] })).id
  const failed = async (tag: string) => {
    const email = 'ada@example.com'
    const { id } = await stage.offstage.runBackgroundJob(Mailer, 'welcome', [{ email, plan: 'free' }], { tags: [tag] })
    await becomes(id, 'failed')
    return id
  }
  const rowMenu = async (page: Page, entry: string) => {
    await page.getByRole('button', { name: /^Actions for/ }).click()
    await page.getByRole('menuitem', { name: entry }).click()
  }

  describe('enqueueing', () => {
    test('a form made of the schema of the handler, with what is wrong said at its field', async () => {
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/jobs')
      await page.getByRole('button', { name: 'Enqueue' }).click()
      const form = page.getByRole('dialog', { name: 'Configure Background Job' })
      await form.getByLabel('Class').selectOption('Mailer')
      await form.getByLabel('email', { exact: true }).fill('not an address')
      await form.getByRole('button', { name: 'Enqueue' }).click()
      await form.getByText('is needed').waitFor()
      await form.getByLabel('plan').selectOption({ label: 'pro' })
      await form.getByRole('button', { name: 'Enqueue' }).click()
      await form.getByText('The job was not enqueued').waitFor()
      await form.getByLabel('email', { exact: true }).fill('ada@example.com')
      await form.getByLabel('token', { exact: false }).first().fill('ghp_verysecret')
      await form.getByRole('button', { name: 'Seal token as a secret' }).click()
      await form.getByLabel('Priority').selectOption('high')
      await form.getByLabel('Delay').fill('1h')
      await form.getByLabel('Retries').fill('4')
      await form.getByLabel('Queue').fill('letters')
      await form.getByLabel('Tags').fill('form, by-hand')
      await form.getByRole('button', { name: 'Enqueue' }).click()
      await page.getByRole('link', { name: 'Open the job' }).click()
      await page.getByRole('heading', { name: 'Mailer.welcome' }).waitFor()
      const { jobs } = await stage.offstage.jobs.list({ tag: 'form', limit: 10 })
      expect(jobs).toMatchObject([
        {
          args: [{ email: 'ada@example.com', plan: 'pro', token: '[secret]' }],
          priority: 10,
          queue: 'letters',
          maxAttempts: 5,
          tags: ['form', 'by-hand'],
          reason: 'delayed',
        },
      ])
      expect(await page.content()).not.toContain('ghp_verysecret')
    })

    test('as JSON, where there is no schema', async () => {
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/')
      await page.keyboard.press('e')
      const form = page.getByRole('dialog')
      await form.getByLabel('Class').selectOption('ReportJob')
      const editor = form.getByLabel('Arguments as JSON')
      await editor.fill('[7')
      await form.getByRole('button', { name: 'Enqueue' }).click()
      await form.getByText('This is not JSON').waitFor()
      await editor.fill('[7, {"broken": false}]')
      await form.getByLabel('Tags').fill('json')
      await form.getByRole('button', { name: 'Enqueue' }).click()
      await page.getByRole('link', { name: 'Open the job' }).click()
      await page.getByText('"pages"').waitFor()
    })
  })

  describe('one job', () => {
    test('is run now, retried, cancelled and deleted from its row', async () => {
      const page = await openTab(stage, { as: 'operator' })
      const waiting = await delayed('row')
      await visit(page, '/jobs?filter=tag:row')
      await rowMenu(page, 'Run now')
      await becomes(waiting, 'completed')

      const bad = await failed('row-bad')
      await visit(page, '/jobs?filter=tag:row-bad')
      await rowMenu(page, 'Retry')
      await until('it has failed again', async () => (await stage.offstage.jobs.get(bad))?.attempt === 2)

      const unwanted = await delayed('row-cancel')
      await visit(page, '/jobs?filter=tag:row-cancel')
      await rowMenu(page, 'Cancel')
      await becomes(unwanted, 'cancelled')
      await rowMenu(page, 'Delete')
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('No job matches').waitFor()
      expect(await statusOf(unwanted)).toBeUndefined()
    })

    test('that runs shows its progress and its log as they come, and stops when it is cancelled', async () => {
      const { id } = await stage.offstage.runBackgroundJob(ReportJob, 'hold', [])
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, `/jobs/${id}`, 'ReportJob.hold')
      await page.getByText('line 3', { exact: true }).waitFor()
      await page.getByText('line 8', { exact: true }).waitFor()
      await page.getByRole('progressbar', { name: 'Progress' }).waitFor()
      await page.getByRole('button', { name: 'Cancel' }).click()
      await becomes(id, 'cancelled')
      await page.getByRole('heading').getByText('cancelled').waitFor()
      held.clear()
    })

    test('that failed says why, where, and leads to its cause and its log', async () => {
      const { id } = await stage.offstage.runBackgroundJob(ReportJob, 'build', [2, { broken: true }])
      await becomes(id, 'failed')
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, `/jobs/${id}`)
      await page.getByRole('region', { name: 'Why' }).getByText('2 attempts are spent').waitFor()
      const stack = page.getByRole('list', { name: 'Stack' }).first()
      await stack.getByText('ReportJob.render').waitFor()
      await page.getByText('page 4 of 4').waitFor()
      await page.getByLabel('Level').selectOption('warning')
      await page.getByText('No line of that level').waitFor()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download the log' }).click(),
      ])
      expect(download.suggestedFilename()).toMatch(/\.(log|txt)$/)
      await page.getByRole('link', { name: /The cause/ }).click()
      await page.getByRole('heading', { name: 'When and what' }).waitFor()
    })

    test('a line of its log has an address', async () => {
      const { id } = await stage.offstage.runBackgroundJob(ReportJob, 'build', [3])
      await becomes(id, 'completed')
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, `/jobs/${id}`)
      await page.getByRole('link', { name: '3', exact: true }).click()
      expect(new URL(page.url()).hash).toBe('#L3')
    })

    test('is copied with changes; both say so', async () => {
      const id = await failed('to-copy')
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, `/jobs/${id}`)
      await page.getByRole('button', { name: 'Edit a copy' }).click()
      const form = page.getByRole('dialog')
      expect(await form.getByLabel('email', { exact: true }).inputValue()).toBe('ada@example.com')
      await form.getByLabel('plan').selectOption({ label: 'team' })
      await form.getByRole('button', { name: 'Enqueue the copy' }).click()
      await page.getByRole('link', { name: 'Open the job' }).click()
      await page.getByText('An edited copy of').waitFor()
      await page.getByRole('link', { name: id }).click()
      await page.getByText('Edited copies of it').waitFor()
    })

    test('that has moved on meanwhile is not done to: the page says what it has become', async () => {
      const id = await delayed('moved')
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/jobs?filter=tag:moved')
      await page.getByRole('button', { name: /^Actions for/ }).click()
      await stage.offstage.jobs.cancel(id)
      await page.getByRole('menuitem', { name: 'Run now' }).click()
      await page
        .getByRole('status')
        .getByText(/cancelled/)
        .first()
        .waitFor()
    })
  })
})
