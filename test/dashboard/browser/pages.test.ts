import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { setScene } from './scene.ts'
import { openStage, type Stage } from './stage.ts'
import { openTab, type TabOptions, visit } from './tabs.ts'
import { inEveryView } from './views.ts'

interface Scene {
  name: string
  /** Where it is, once the ids are known. */
  path: () => string
  /** What is shown once it is there. */
  shows: string | RegExp
  act?: (page: Page) => Promise<unknown>
  as?: TabOptions['as']
}

await inBrowser(() => {
  let stage: Stage
  let ids: Awaited<ReturnType<typeof setScene>>
  let fingerprint = ''
  let invite = ''
  beforeAll(async () => {
    stage = await openStage()
    ids = await setScene(stage)
    const admin = await stage.signedIn('admin')
    fingerprint = await until('the causes are known', async () => {
      const { body } = await admin.get('/api/causes')
      return body.causes.find((cause: { message: string }) => cause.message.includes('mail server'))?.fingerprint
    })
    const { body } = await admin.post('/api/invitations', { email: 'grace@example.com', role: 'operator' })
    invite = new URL(body.link).hash
    await admin.post('/api/tokens', { name: 'deploy script', scopes: ['jobs.read', 'jobs.enqueue'], expiresInDays: 90 })
    await admin.post('/api/operations', { action: 'retry', filter: 'status:failed class:ReportJob', pace: null })
    await until('the retried reports have failed again', async () => {
      const { body: counts } = await admin.get('/api/jobs/counts?filter=class:ReportJob')
      return counts.failed.count === 2 && counts.pending.count === 1
    })
    await until('the rates are known', async () => {
      const { body: now } = await admin.get('/api/now')
      return now.series.some((point: { completed: number }) => point.completed > 0)
    })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  const scenes: Scene[] = [
    { name: 'sign-in', path: () => '/sign-in', shows: 'E-mail', as: null },
    { name: 'register', path: () => `/register${invite}`, shows: 'Password again', as: null },
    { name: 'now', path: () => '/', shows: 'The mail server does not answer' },
    { name: 'causes', path: () => '/causes', shows: 'The mail server does not answer' },
    { name: 'cause', path: () => `/causes/${fingerprint}`, shows: 'What the failures share' },
    { name: 'jobs', path: () => '/jobs', shows: 'Mailer' },
    { name: 'jobs-none', path: () => '/jobs?filter=tag:none', shows: 'No job matches' },
    { name: 'jobs-wrong', path: () => '/jobs?filter=stauts:failed', shows: /did you mean status/ },
    { name: 'job-failed', path: () => `/jobs/${ids.broken}`, shows: 'Attempt 2' },
    { name: 'job-running', path: () => `/jobs/${ids.running}`, shows: /line \d/ },
    { name: 'job-completed', path: () => `/jobs/${ids.completed}`, shows: 'Result' },
    { name: 'job-missing', path: () => '/jobs/01a00000-0000-7000-8000-000000000000', shows: 'There is no such job' },
    { name: 'queues', path: () => '/queues', shows: 'reports' },
    { name: 'schedules-none', path: () => '/schedules', shows: 'No schedule yet' },
    { name: 'workers', path: () => '/workers', shows: 'Heartbeat' },
    {
      name: 'handlers',
      path: () => '/handlers',
      shows: 'ReportJob.build',
      act: (page) => page.getByRole('button', { name: 'ReportJob.build' }).click(),
    },
    { name: 'logs', path: () => '/logs', shows: 'Job dispatched' },
    { name: 'activity', path: () => '/activity', shows: 'operations.retry' },
    { name: 'settings', path: () => '/settings', shows: 'What is kept' },
    { name: 'settings-users', path: () => '/settings?part=users', shows: 'grace@example.com' },
    { name: 'settings-tokens', path: () => '/settings?part=tokens', shows: 'deploy script' },
    { name: 'settings-sessions', path: () => '/settings?part=sessions', shows: 'this one' },
    { name: 'settings-password', path: () => '/settings?part=password', shows: 'New password again' },
    { name: 'nowhere', path: () => '/nowhere', shows: 'There is no such page' },
    {
      name: 'enqueue',
      path: () => '/jobs',
      shows: 'Mailer',
      act: async (page) => {
        await page.getByRole('button', { name: 'Enqueue' }).click()
        await page.getByLabel('email', { exact: true }).waitFor()
      },
    },
    {
      name: 'bulk',
      path: () => '/causes',
      shows: 'The mail server does not answer',
      act: async (page) => {
        await page.getByRole('button', { name: /^Retry 8/ }).click()
        await page.getByText('8 jobs', { exact: true }).waitFor()
      },
    },
    {
      name: 'clear',
      path: () => '/jobs',
      shows: 'Mailer',
      act: (page) => page.getByRole('button', { name: 'Clear data' }).click(),
    },
    {
      name: 'pause',
      path: () => '/queues',
      shows: 'reports',
      act: async (page) => {
        await page.getByRole('button', { name: 'Pause' }).first().click()
        await page.getByRole('dialog', { name: 'Pause default' }).waitFor()
      },
    },
    {
      name: 'permissions',
      path: () => '/settings?part=users',
      shows: 'grace@example.com',
      act: async (page) => {
        await page.getByRole('button', { name: 'Actions for admin' }).first().click()
        await page.getByRole('menuitem', { name: 'Permissions' }).click()
        await page.getByRole('button', { name: 'A list of their own' }).click()
      },
    },
    {
      name: 'link',
      path: () => '/settings?part=users',
      shows: 'grace@example.com',
      act: async (page) => {
        await page.getByRole('button', { name: 'Actions for admin' }).first().click()
        await page.getByRole('menuitem', { name: 'Link to sign in' }).click()
        await page.getByRole('button', { name: 'Make the link' }).click()
        await page.getByText(/sign-in#link=/).waitFor()
      },
    },
    { name: 'palette', path: () => '/', shows: 'Health', act: (page) => page.keyboard.press('Control+k') },
    { name: 'help', path: () => '/', shows: 'Health', act: (page) => page.keyboard.press('?') },
  ]

  test.for(scenes)('$name', { timeout: 90_000 }, async ({ name, path, shows, act, as = 'admin' }) => {
    const page = await openTab(stage, { as })
    await visit(page, path())
    await page.getByText(shows).filter({ visible: true }).first().waitFor()
    await act?.(page)
    for (const fault of await inEveryView(page, name)) expect.soft(fault).toBe('')
  })

  test('who asks for less motion gets another theme at once, with no transition of anything', async () => {
    const page = await openTab(stage)
    await visit(page, '/jobs')
    await page.getByText('Mailer').first().waitFor()
    await page.emulateMedia({ colorScheme: 'dark' })
    const moving = () => document.getAnimations().filter((animation) => animation instanceof CSSTransition).length
    expect(await page.evaluate(moving)).toBe(0)
  })
})
