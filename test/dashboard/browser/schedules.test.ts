import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { held, openStage, type Stage } from './stage.ts'
import { openTab, REFUSED, visit } from './tabs.ts'
import { inEveryView } from './views.ts'

const MINUTE_MS = 60_000
const LONG = 'rebuild the search index of every tenant since the last complete rebuild'

/** Schedules in every state, on a worker that runs. */
async function setSchedules(stage: Stage) {
  const { schedules } = stage.offstage
  const set = schedules.set as (...call: unknown[]) => Promise<unknown>
  const store = await stage.store()
  await set('invoices', '* * * * * *', 'ReportJob', 'build', [7, { broken: true }], { retries: 0 })
  await set('digest', '* * * * * *', 'ReportJob', 'build', [3])
  const ended = async (name: string, status: string) => {
    const id = (await schedules.get(name))?.lastJobId
    return id != null && (await store.get(id))?.status === status
  }
  await until(
    'a job of each has ended',
    async () => (await ended('invoices', 'failed')) && (await ended('digest', 'completed')),
  )
  await set('invoices', '0 6 1 * *', 'ReportJob', 'build', [7, { broken: true }], {
    timezone: 'Europe/Berlin',
    retries: 0,
  })
  await set('digest', '0 8 * * 1-5', 'ReportJob', 'build', [3], { timezone: 'America/New_York', tags: ['mail'] })
  await until('no slot of before is open', async () => {
    return (await stage.offstage.jobs.count({ status: ['pending', 'running'] })) === 0
  })
  await set(LONG, '*/15 9-17 * * 1-5', 'ReportJob', 'build', [1], { overlap: 'skip', missed: 'skip' })
  await set('newsletter', '30 7 * * 2', 'Mailer', 'welcome', [{ email: 'ada@example.com', plan: 'pro' }])
  await set('quarter past', '15 0,3,6,9,12,15,18,21 1-7,15-21 1,3,5,7,9,11 *', 'ReportJob', 'build', [4], {
    timezone: 'America/Argentina/Buenos_Aires',
  })
  await schedules.pause('newsletter', { reason: 'the provider is down until Tuesday, ask Grace' })
  const due = (await store.schedules.now()) - 12 * MINUTE_MS - 5_000
  const left = {
    args: '[]',
    options: '{}',
    cron: '*/10 * * * *',
    timezone: 'UTC',
    missed: 'once',
    overlap: 'allow',
  } as const
  // As it is left behind when a deploy takes out the class.
  await store.schedules.set({ ...left, name: 'cleanup', class: 'CleanupJob', method: 'run', declared: true }, due)
}

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({
      schedules: {
        heartbeat: ['*/20 * * * * *', 'ReportJob', 'build', [1]],
        'month end': ['59 23 L * *', 'ReportJob', 'build', [12], { timezone: 'Europe/Berlin', priority: 'high' }],
      },
    })
    await setSchedules(stage)
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  const row = (page: Awaited<ReturnType<typeof openTab>>, name: string) =>
    page.getByRole('row', { name: new RegExp(name) })

  test('every state can be read, in every view', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/schedules')
    await row(page, 'cleanup').getByText('overdue').waitFor()
    await row(page, 'cleanup')
      .getByText(/Due for 12m, but the worker that runs does not enqueue it/)
      .waitFor()
    await row(page, 'newsletter').getByText('the provider is down until Tuesday').waitFor()
    await row(page, 'invoices').getByRole('link', { name: 'failed' }).waitFor()
    await row(page, 'month end').getByText('from the config').waitFor()
    await row(page, 'digest').getByText('At 08:00, Monday through Friday').filter({ visible: true }).waitFor()
    expect(await inEveryView(page, 'schedules')).toEqual([])
    for (const name of ['cleanup', 'invoices']) {
      await page.getByRole('button', { name, exact: true }).click()
      await page.getByText('By the clock of').waitFor()
      expect(await inEveryView(page, `schedules-${name}`)).toEqual([])
    }
  })

  test('one that is overdue is what the first page says', async () => {
    const page = await openTab(stage, { as: 'viewer' })
    await visit(page, '/')
    const verdict = page.getByRole('region', { name: 'Verdict' })
    await verdict.getByRole('link', { name: /Schedule cleanup is overdue by 12m: the worker that runs/ }).click()
    await row(page, 'cleanup').getByText('overdue').waitFor()
  })

  test('is paused for a reason, runs all the same, and goes on', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/schedules')
    const digest = row(page, 'digest')
    await digest.getByRole('button', { name: 'Pause' }).click()
    const dialog = page.getByRole('dialog', { name: 'Pause digest' })
    await dialog.getByLabel('Reason').fill('the figures are wrong')
    expect(await inEveryView(page, 'schedules-pause')).toEqual([])
    await page.setViewportSize({ width: 1440, height: 900 })
    await dialog.getByRole('button', { name: 'Pause the schedule' }).click()
    await digest.getByText('the figures are wrong').waitFor()
    await digest.getByRole('button', { name: 'Run now' }).click()
    await page.getByRole('link', { name: 'Open the job' }).click()
    await page.getByRole('heading', { name: 'ReportJob.build' }).waitFor()
    expect(await inEveryView(page, 'schedules-job')).toEqual([])
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.getByRole('link', { name: 'digest', exact: true }).click()
    await page.getByText('Next, if it went on now').waitFor()
    await digest.getByRole('button', { name: 'Resume' }).click()
    await digest.getByText('paused').waitFor({ state: 'detached' })
    expect((await stage.offstage.schedules.get('digest'))?.paused).toBe(false)
    await page.getByRole('link', { name: 'Its jobs' }).click()
    await page.waitForURL(/filter=tag%3Aschedule%3Adigest/)
    await page.getByText('ReportJob').first().waitFor()
  })

  test('run now says so when another job holds its unique key', async () => {
    const set = stage.offstage.schedules.set as (...call: unknown[]) => Promise<unknown>
    await set('single', '0 0 1 1 *', 'ReportJob', 'hold', [], { unique: 'single' })
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/schedules')
    const run = row(page, 'single').getByRole('button', { name: 'Run now' })
    await run.click()
    await page.getByText('A job of single is enqueued.').waitFor()
    await run.click()
    await page.getByText('Nothing was enqueued: another job has its unique key.').waitFor()
    for (const letGo of held) letGo()
    await stage.offstage.schedules.remove('single')
  })

  test('is removed when the config does not have it', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/schedules?open=month%20end')
    const remove = page.getByRole('button', { name: 'Remove' })
    await remove.click(REFUSED)
    await page
      .getByText(/It is in the config/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'cleanup', exact: true }).click()
    await remove.click()
    await page.getByRole('dialog', { name: 'Remove cleanup?' }).getByRole('button', { name: 'Remove' }).click()
    await row(page, 'cleanup').waitFor({ state: 'detached' })
    expect(await stage.offstage.schedules.get('cleanup')).toBeUndefined()
  })

  test('shows what others do, without being asked to', async () => {
    const page = await openTab(stage, { as: 'viewer' })
    await visit(page, '/schedules')
    await row(page, 'newsletter').getByText('paused').waitFor()
    await stage.offstage.schedules.resume('newsletter')
    await row(page, 'newsletter').getByText('paused').waitFor({ state: 'detached' })
    await row(page, 'newsletter').getByRole('button', { name: 'Run now' }).click(REFUSED)
    await page
      .getByText(/Ask an admin for the permission schedules.manage/)
      .first()
      .waitFor()
  })

  test('is gone to and opened by the keyboard alone', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/')
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await row(page, 'digest').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText('By the clock of').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search and commands' }).waitFor()
    await page.keyboard.type('month')
    await page.getByRole('option', { name: /month end/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('By the clock of Europe/Berlin').waitFor()
  })

  test('says so when no worker runs that would enqueue anything', async () => {
    await stage.offstage.stop()
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/schedules')
    await row(page, 'month end').getByText('no worker').waitFor()
    await page.getByRole('button', { name: 'month end', exact: true }).click()
    await page.getByText('npx offstage work').waitFor()
    expect(await inEveryView(page, 'schedules-no-worker')).toEqual([])
  })
})
