import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { makePast, thrown } from './past.ts'
import { picture } from './pictures.ts'
import { Mailer, openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

const JOBS = 100_000
const EACH_CAUSE = 1000
const BATCH = 2000

const REFUSED = thrown(
  'Error',
  'connect ECONNREFUSED 10.0.4.17:587',
  'Mailer.welcome (/app/jobs/mailer.ts:41:13)',
  'ECONNREFUSED',
)
const MISSING = thrown(
  'TypeError',
  "Cannot read properties of undefined (reading 'total')",
  'ReportJob.build (/app/jobs/report.ts:88:21)',
)

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({ working: false })
    await seed(stage)
  }, 300_000)
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  test('2,000 failures of two causes among 100,000 jobs: found at once, retried in two clicks each', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await countClicks(page)
    await visit(page, '/')
    const verdict = page.getByRole('region', { name: 'Verdict' })
    await verdict
      .getByText(/2 causes/)
      .first()
      .waitFor()
    await verdict
      .getByText(/2,000 jobs/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: 'completed 10,000+' }).waitFor()
    await picture(page, 'incident')

    // The jobs run well this time: whatever was wrong has been mended.
    const worker = await stage.work()
    for (const cause of [/ECONNREFUSED/, /TypeError/]) {
      const before = await clicks(page)
      await page
        .getByRole('row', { name: cause })
        .getByRole('button', { name: /^Retry 1,000/ })
        .click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('1,000 jobs', { exact: true }).waitFor()
      await dialog.getByRole('button', { name: 'Retry 1,000 jobs' }).click()
      expect((await clicks(page)) - before).toBe(2)
      await dialog.getByText(/of 1,000 done/).waitFor()
      await page.keyboard.press('Escape')
    }
    await until(
      'nothing stands as failed',
      async () => (await stage.offstage.jobs.count({ status: ['failed', 'pending', 'running'] })) === 0,
      80_000,
    )
    await page.getByRole('link', { name: 'failed 0' }).waitFor()
    await worker.stop()
  })

  test('among 100,000 jobs, each page shows itself', async () => {
    const page = await openTab(stage, { as: 'admin' })
    for (const [path, shows] of [
      ['/', 'Health'],
      ['/jobs', 'Mailer'],
      ['/jobs?filter=class:ReportJob+status:completed', 'ReportJob'],
      ['/jobs?filter=args.email:person99999@example.com', 'Mailer'],
      ['/causes', 'ECONNREFUSED'],
      ['/queues', 'mail'],
      ['/handlers', 'Mailer.welcome'],
      ['/activity', 'operations.retry'],
    ] as const) {
      await visit(page, path)
      await page.getByText(shows).filter({ visible: true }).first().waitFor()
      expect(await page.getByRole('alert').count()).toBe(0)
    }
  })
})

/** The last of them fail, as when something has just broken. */
async function seed(stage: Stage): Promise<void> {
  for (let from = 0; from < JOBS; from += BATCH) {
    await stage.offstage.runBackgroundJobs(
      Array.from({ length: BATCH }, (_, n) => {
        const number = from + n
        if (number % 2 === 0) return [ReportJob, 'build', [number], { queue: 'reports' }] as never
        const to = { email: `person${number}@example.com`, plan: number % 3 === 0 ? 'team' : 'pro' }
        return [Mailer, 'welcome', [to], { queue: 'mail' }] as never
      }),
    )
  }
  await makePast(stage, (job, number) => {
    const error = job.class === 'Mailer' ? REFUSED : MISSING
    return { error: number < JOBS - 2 * EACH_CAUSE ? undefined : error, finishedAt: Date.now(), tookMs: 20 }
  })
}

async function countClicks(page: Page): Promise<void> {
  await page.addInitScript(() => {
    document.addEventListener('click', () => {
      const { dataset } = document.documentElement
      dataset.clicks = String(Number(dataset.clicks ?? 0) + 1)
    })
  })
}

async function clicks(page: Page): Promise<number> {
  return await page.evaluate(() => Number(document.documentElement.dataset.clicks ?? 0))
}
