import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  test('a queue is paused, for a reason, and goes on', async () => {
    const run = (queue: string) => stage.offstage.runBackgroundJob(ReportJob, 'build', [1], { queue })
    const first = await run('mail')
    await until('it ran', async () => (await stage.offstage.jobs.get(first.id))?.status === 'completed')
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/queues')
    const row = page.getByRole('row', { name: /mail/ })
    await row.getByRole('button', { name: 'Pause' }).click()
    const dialog = page.getByRole('dialog', { name: 'Pause mail' })
    await dialog.getByLabel('Reason').fill('the provider is down')
    await dialog.getByText("npx offstage queues pause mail --reason 'the provider is down'").waitFor()
    await dialog.getByRole('button', { name: 'Pause the queue' }).click()
    await row.getByText('paused').waitFor()
    await row.getByText('the provider is down').waitFor()
    const second = await run('mail')
    await until('it waits', async () => /\b1\b/.test((await row.getByRole('cell').nth(2).textContent()) ?? ''))
    expect((await stage.offstage.jobs.get(second.id))?.reason).toBe('paused')
    await visit(page, `/jobs/${second.id}`)
    await page
      .getByRole('region', { name: 'Why' })
      .getByText(/paused: “the provider is down”/)
      .first()
      .waitFor()
    await visit(page, '/queues')
    await row.getByRole('button', { name: 'Resume' }).click()
    await until('it ran too', async () => (await stage.offstage.jobs.get(second.id))?.status === 'completed')
    await row.getByText('served').waitFor()
  })

  test('a worker is quieted, goes on, and is stopped', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/workers')
    const state = async () => (await stage.offstage.workers.list())[0]?.status
    await page.getByRole('button', { name: 'Quiet' }).click()
    await until('it claims nothing', async () => (await state()) === 'quiet')
    await page.getByRole('button', { name: 'Resume' }).click()
    await until('it claims again', async () => (await state()) === 'running')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('dialog', { name: 'Stop this worker?' }).getByRole('button', { name: 'Stop' }).click()
    await until('it has stopped', async () => (await stage.offstage.workers.list()).length === 0)
    await page.getByText('No worker runs').waitFor()
    await page.getByText('npx offstage work').waitFor()
  })

  test('a queue that nobody serves is what the first page says', async () => {
    await stage.offstage.runBackgroundJob(ReportJob, 'build', [1], { queue: 'orphaned' })
    const page = await openTab(stage, { as: 'viewer' })
    await visit(page, '/')
    await page
      .getByRole('region', { name: 'Verdict' })
      .getByText(/Queue orphaned has 1 job due and no worker/)
      .first()
      .waitFor()
  })
})
