import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { makePast, thrown } from './past.ts'
import { picture } from './pictures.ts'
import { Mailer, openStage, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

const REFUSED = thrown('Error', 'connect ECONNREFUSED 10.0.4.17:587', 'Mailer.welcome (/app/jobs/mailer.ts:41:13)')

/** Jobs that ran well under one release and fail since the next. */
await inBrowser(() => {
  let stage: Stage
  let fingerprint = ''
  beforeAll(async () => {
    stage = await openStage({ working: false })
    const { runBackgroundJob } = stage.offstage
    const batch = async (count: number, release: string, error?: typeof REFUSED) => {
      for (let n = 0; n < count; n += 1) {
        await runBackgroundJob(Mailer, 'welcome', [{ email: `p${n}@example.com`, plan: 'pro' }], { queue: 'mail' })
      }
      // Not before their worker was there.
      const past = () => ({ error, finishedAt: Date.now() + 10, tookMs: 1 })
      await makePast(stage, past, { id: `worker-of-${release}`, release })
    }
    await batch(8, 'v1.4.1')
    await batch(8, 'v1.4.2', REFUSED)
    const admin = await stage.signedIn('admin')
    fingerprint = await until('the cause is known', async () => {
      return (await admin.get('/api/causes')).body.causes[0]?.fingerprint
    })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  test('a cause tells the release that it began under, and that its failures share it', async () => {
    const page = await openTab(stage, { as: 'viewer' })
    await visit(page, '/')
    await page
      .getByRole('row', { name: /ECONNREFUSED/ })
      .getByText('v1.4.2')
      .waitFor()
    const deploys = page.getByRole('list', { name: 'Deploys' })
    await deploys.getByText('v1.4.2').waitFor()
    expect(await deploys.getByRole('listitem').count()).toBe(1)
    await picture(page, 'now-deploy')
    await page.getByRole('link', { name: /ECONNREFUSED/ }).click()
    await page.getByText('Began under release').waitFor()
    await page.getByRole('row', { name: /release = v1\.4\.2 100 % 0 %/ }).waitFor()
    await page.getByRole('link', { name: 'Open the job' }).click()
    await page.getByText(/on worker worker-of-v1\.4\.2, release v1\.4\.2/).waitFor()
  })

  test('a cause that is muted is listed last and named no more, until it is to speak again', async () => {
    const page = await openTab(stage, { as: 'operator' })
    const other = await openTab(stage, { as: 'viewer' })
    await visit(page, '/')
    await visit(other, '/')
    const verdict = page.getByRole('region', { name: 'Verdict' })
    await verdict
      .getByText(/1 cause, 8 jobs/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'More for Error' }).click()
    await page.getByRole('menuitem', { name: 'Mute for a day' }).click()
    await page.getByText(/muted by operator, ends in 23 h/).waitFor()
    await until('the verdict is silent', async () => !(await verdict.textContent())?.includes('cause'))
    await other.getByText(/muted by operator/).waitFor()
    await picture(page, 'now-muted')
    await visit(page, `/causes/${fingerprint}`)
    await page.getByRole('button', { name: 'More for Error' }).click()
    await page.getByRole('menuitem', { name: 'Unmute' }).click()
    await other
      .getByRole('region', { name: 'Verdict' })
      .getByText(/1 cause/)
      .first()
      .waitFor()
  })

  test('the failed jobs of a cause are deleted in two clicks', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/causes')
    await page.getByRole('button', { name: 'More for Error' }).click()
    await page.getByRole('menuitem', { name: 'Delete its failed jobs' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 8 jobs' }).click()
    await until('they are gone', async () => (await stage.offstage.jobs.count({ status: 'failed' })) === 0)
  })

  test('what was done to a job stands with it', async () => {
    const { id } = await stage.offstage.runBackgroundJob(Mailer, 'welcome', [{ email: 'a@b.example', plan: 'pro' }], {
      delay: '1h',
    })
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, `/jobs/${id}`)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('What was done to it').waitFor()
    await page.getByText('jobs.cancel').waitFor()
    // Who may not see the audit log sees none of it here.
    const viewer = await openTab(stage, { as: 'viewer' })
    await visit(viewer, `/jobs/${id}`)
    await viewer.getByText('Facts').waitFor()
    expect(await viewer.getByText('What was done to it').count()).toBe(0)
  })
})
