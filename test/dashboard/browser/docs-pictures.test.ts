import { test } from 'vitest'
import { bucketOf } from '../../../src/core/histogram.ts'
import { needs } from '../../support/needs.ts'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { makePast, thrown } from './past.ts'
import { documentedPicture } from './pictures.ts'
import { Mailer, openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

const MINUTE = 60_000
const REFUSED = thrown('Error', 'connect ECONNREFUSED 10.0.4.17:587', 'Mailer.welcome (/app/jobs/mailer.ts:41:13)')
const MISSING = thrown(
  'TypeError',
  "Cannot read properties of undefined (reading 'total')",
  'ReportJob.build (/app/jobs/report.ts:88:21)',
)

/** The pictures of docs/images, made anew where they are asked for: `OFFSTAGE_TEST_PICTURES=docs`. */
if (process.env.OFFSTAGE_TEST_PICTURES === 'docs') {
  await inBrowser(() => {
    test('the pictures of the documentation', async () => {
      const stage = await openStage({ working: false })
      await setPicture(stage)
      const admin = await stage.signedIn('admin')
      const { body } = await admin.get('/api/causes')
      const { fingerprint, jobId } = body.causes.find(({ name }: { name: string }) => name === 'TypeError')
      for (const theme of ['light', 'dark'] as const) {
        const page = await openTab(stage, { as: 'admin', theme, height: 920 })
        // Somebody who has been here for long: nothing is left to be asked of them.
        const { access } = await stage.store()
        for (const { id } of await access.users()) await access.changeUser(id, { password: 'none that fits' })
        for (const [name, path, shows] of [
          ['now', '/', 'Health'],
          ['cause', `/causes/${fingerprint}`, 'Samples'],
          ['jobs', '/jobs', 'Mailer'],
          ['job', `/jobs/${jobId}`, 'Attempt 1'],
          ['handlers', '/handlers', 'Mailer.welcome'],
          ['schedules', '/schedules', 'nightly report'],
        ] as const) {
          await visit(page, path)
          await page.getByText(shows).filter({ visible: true }).first().waitFor()
          await page.waitForFunction(() => document.querySelector('.skeleton') === null)
          // The menus come after the page.
          if (name === 'now') await page.getByRole('button', { name: 'More for Error' }).waitFor()
          await documentedPicture(page, `${name}-${theme}`)
        }
      }
      await stage[Symbol.asyncDispose]()
    })
  })
} else {
  const unasked = 'The pictures of docs/images were not made anew: OFFSTAGE_TEST_PICTURES=docs asks for it'
  test('the pictures of the documentation', needs(false, unasked), () => undefined)
}

/** An evening on which the mail server has begun to refuse. */
async function setPicture(stage: Stage): Promise<void> {
  const now = Date.now()
  const { runBackgroundJobs, runBackgroundJob, jobs, start } = stage.offstage
  const people = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'margaret']
  const list = Array.from({ length: 1200 }, (_, n) => {
    if (n % 4 === 0) return [ReportJob, 'build', [2026, { team: n % 9 }], { queue: 'reports', priority: 'high' }]
    const to = { email: `${people[n % people.length]}${n}@example.com`, plan: n % 3 === 0 ? 'team' : 'pro' }
    return [Mailer, 'welcome', [to], { queue: 'mail', tags: ['welcome'] }]
  })
  await runBackgroundJobs(list as never)
  await makePast(stage, (job, number) => {
    // Spread over six hours, ever more of them at the end.
    const finishedAt = now - Math.round(((1200 - number) / 1200) ** 2 * 6 * 60) * MINUTE
    const error = job.class === 'Mailer' ? (number > 900 ? REFUSED : undefined) : number % 7 === 0 ? MISSING : undefined
    return { error, finishedAt, tookMs: 40 + ((number * 37) % 900) }
  })
  const store = await stage.store()
  const lease = await store.register({
    ...{ id: 'worker-91c2', host: 'app-2', pid: process.pid, queues: 'all', concurrency: 20 },
    ...{ version: '0.1.0', leaseMs: 1000 },
  })
  await store.addMetrics(
    lease,
    Array.from({ length: 60 }, (_, minute) => {
      const failed = minute > 41 ? 18 + ((minute * 7) % 15) : minute % 9 === 0 ? 2 : 0
      const completed = 64 + ((minute * 29) % 31) + Math.round(14 * Math.sin(minute / 6)) - failed
      const at = Math.floor(now / MINUTE) * MINUTE - (59 - minute) * MINUTE
      const counts = { completed, failed, cancelled: 0, retried: Math.round(failed / 3) }
      const wait = { [bucketOf(14)]: completed, [bucketOf(160)]: failed }
      const run = { [bucketOf(380)]: completed, [bucketOf(1200)]: failed }
      return { at, class: 'Mailer', method: 'welcome', queue: 'mail', ...counts, wait, run }
    }),
  )
  await store.endLease(lease)
  await start()
  for (let n = 0; n < 3; n += 1) await runBackgroundJob(ReportJob, 'hold', [], { queue: 'reports' })
  for (let n = 0; n < 14; n += 1) await runBackgroundJob(ReportJob, 'build', [n], { queue: 'reports', delay: '40m' })
  const { schedules } = stage.offstage
  await schedules.set('nightly report', '0 3 * * *', ReportJob, 'build', [2026], {
    timezone: 'Europe/Berlin',
    missed: 'once',
  })
  await schedules.set(
    'weekly digest',
    '0 9 * * MON',
    Mailer,
    'welcome',
    [{ email: 'team@example.com', plan: 'team' }],
    { timezone: 'America/New_York' },
  )
  await schedules.set('month end', '30 23 L * *', ReportJob, 'build', [12], { missed: 'all', overlap: 'skip' })
  await schedules.set('heartbeat mail', '*/15 * * * *', Mailer, 'welcome', [
    { email: 'team@example.com', plan: 'team' },
  ])
  await schedules.pause('heartbeat mail', { reason: 'the mail server refuses' })
  await until('three run', async () => (await jobs.count({ status: 'running' })) === 3)
}
