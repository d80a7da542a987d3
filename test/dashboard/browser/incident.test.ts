import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attemptFingerprint } from '../../../src/core/fingerprint.ts'
import type { JobError } from '../../../src/core/job.ts'
import type { ClaimedJob, Store } from '../../../src/store/store.ts'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { documentedPicture, picture } from './pictures.ts'
import { Mailer, openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

const JOBS = 100_000
const EACH_CAUSE = 1000
const BATCH = 2000

const REFUSED: JobError = {
  name: 'Error',
  code: 'ECONNREFUSED',
  message: 'connect ECONNREFUSED 10.0.4.17:587',
  stack: 'Error: connect ECONNREFUSED 10.0.4.17:587\n    at Mailer.welcome (/app/jobs/mailer.ts:41:13)',
}
const MISSING: JobError = {
  name: 'TypeError',
  message: "Cannot read properties of undefined (reading 'total')",
  stack:
    "TypeError: Cannot read properties of undefined (reading 'total')\n    at ReportJob.build (/app/jobs/report.ts:88:21)",
}

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
    await documentedPicture(page, 'incident')

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

/** Jobs of an hour, as a worker leaves them: it claims, and settles what it claimed. */
async function seed({ offstage, store: open }: Stage): Promise<void> {
  for (let from = 0; from < JOBS; from += BATCH) {
    await offstage.runBackgroundJobs(
      Array.from({ length: BATCH }, (_, n) => {
        const number = from + n
        if (number % 2 === 0) return [ReportJob, 'build', [number], { queue: 'reports' }] as never
        const to = { email: `person${number}@example.com`, plan: number % 3 === 0 ? 'team' : 'pro' }
        return [Mailer, 'welcome', [to], { queue: 'mail' }] as never
      }),
    )
  }
  const store = await open()
  const worker = {
    id: 'seed',
    host: 'test',
    pid: process.pid,
    queues: 'all',
    concurrency: 1,
    version: '0',
    leaseMs: 600_000,
  }
  const lease = await store.register(worker)
  let seen = 0
  for (let claim = 1; seen < JOBS; claim += 1) {
    const steps = [{ queues: 'all', limit: BATCH }] as const
    const { jobs } = await store.claim({ lease, claim, steps, limit: BATCH, start: BATCH })
    const from = seen
    await store.settle(jobs.map((job, n) => settlement(job, lease, from + n)))
    seen += jobs.length
  }
  await store.endLease(lease)
}

function settlement(job: ClaimedJob, lease: number, number: number): Parameters<Store['settle']>[0][number] {
  // The last of them, as when something has just broken.
  const fails = number >= JOBS - 2 * EACH_CAUSE
  const now = Date.now()
  const base = { job, lease, startedAt: now - 20, finishedAt: now }
  if (!fails) return { ...base, next: { status: 'completed' }, outcome: 'completed' }
  const error = job.class === 'Mailer' ? REFUSED : MISSING
  const fingerprint = attemptFingerprint('failed', error, job)
  return {
    ...base,
    next: { status: 'failed' },
    outcome: 'failed',
    error,
    ...(fingerprint === undefined ? {} : { fingerprint }),
  }
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
