import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { addUser } from '../app.ts'
import { inBrowser } from './browser.ts'
import { openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, REFUSED, visit } from './tabs.ts'

const PASSWORD = 'four quiet words here'

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({ working: false })
    await stage.offstage.runBackgroundJob(ReportJob, 'build', [1], { delay: '5h' })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  describe('coming in', () => {
    test('an invitation becomes a user, who signs out, and in again where they wanted to go', async () => {
      const admin = await openTab(stage, { as: 'admin' })
      await visit(admin, '/settings?part=users')
      await admin.getByLabel('Invite by e-mail address').fill('grace@example.com')
      await admin.getByLabel('Role', { exact: true }).selectOption('operator')
      await admin.getByRole('button', { name: 'Make a link' }).click()
      const shown = admin.getByText(/\/register#invite=/)
      await shown.waitFor()
      const link = new URL((await shown.textContent()) ?? '')

      const grace = await openTab(stage, { as: null })
      await grace.goto(`/register${link.hash}`)
      await grace.getByLabel('Name').fill('Grace Hopper')
      await grace.getByLabel('Password', { exact: true }).fill(PASSWORD)
      await grace.getByLabel('Password again').fill(PASSWORD)
      // The secret of the link is not left in the address, nor in the history.
      expect(grace.url()).not.toContain('invite')
      await grace.getByRole('button', { name: 'Register' }).click()
      await grace.getByRole('heading', { name: 'Now' }).waitFor()
      await grace.getByText('Grace Hopper').first().waitFor()
      await admin.getByText('Grace Hopper').waitFor()

      await grace.getByRole('button', { name: 'Sign out' }).click()
      await grace.getByRole('heading', { name: 'Sign in' }).waitFor()
      await grace.goto('/queues')
      await grace.getByLabel('E-mail').fill('grace@example.com')
      await grace.getByLabel('Password').fill('not the password')
      await grace.getByRole('button', { name: 'Sign in' }).click()
      await grace.getByRole('alert').getByText('You are not signed in').waitFor()
      await grace.getByLabel('Password').fill(PASSWORD)
      await grace.getByRole('button', { name: 'Sign in' }).click()
      await grace.getByRole('heading', { name: 'Queues' }).waitFor()
    })

    test('a link that was used says so, and what to do', async () => {
      const page = await openTab(stage, { as: null })
      await page.goto(`/sign-in#link=${'A'.repeat(43)}`)
      await page.getByRole('button', { name: 'Sign in with this link' }).click()
      await page
        .getByRole('alert')
        .getByText(/offstage users link/)
        .waitFor()
      await page.getByRole('button', { name: 'Sign in with a password' }).click()
      await page.getByLabel('E-mail').waitFor()
    })

    test('whoever is signed out elsewhere is asked to sign in', async () => {
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, '/settings?part=sessions')
      const other = await page.context().newPage()
      await visit(other, '/jobs')
      const store = await stage.store()
      for (const session of await store.access.sessions()) await store.access.endSession(session.id)
      await stage.offstage.runBackgroundJob(ReportJob, 'build', [2], { delay: '5h' })
      await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    })
  })

  describe('what one may not do', () => {
    test('stays visible, says why, and is refused by the server too', async () => {
      const page = await openTab(stage, { as: 'viewer' })
      await visit(page, '/jobs')
      const clear = page.getByRole('button', { name: 'Clear data' })
      expect(await clear.getAttribute('aria-disabled')).toBe('true')
      await clear.click(REFUSED)
      await page
        .getByRole('status')
        .getByText(/Your role, viewer, may not remove all jobs/)
        .waitFor()
      expect(await page.getByRole('dialog').count()).toBe(0)
      await page
        .getByRole('button', { name: /^Actions for/ })
        .first()
        .click()
      await page.getByRole('menuitem', { name: 'Run now' }).click(REFUSED)
      await page
        .getByRole('status')
        .getByText(/may not make waiting jobs due at once/)
        .waitFor()
      await visit(page, '/queues')
      expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('aria-disabled')).toBe('true')
      await visit(page, '/activity')
      await page.getByText('Who did what is not for everybody').waitFor()
      await visit(page, '/settings?part=users')
      await page.getByText('Users are not shown to everybody').waitFor()
      const status = await page.evaluate(async () => {
        const { status: code } = await fetch('/api/jobs/clear', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"confirm":"clear"}',
        })
        return code
      })
      expect(status).toBe(403)
    })

    test('is told by the permissions that somebody has, not by the name of a role', async () => {
      const page = await openTab(stage, { as: ['jobs.read', 'queues.pause'] })
      await visit(page, '/queues')
      expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('aria-disabled')).toBeNull()
      expect(await page.getByRole('link', { name: 'Logs' }).count()).toBe(0)
    })

    test('is everything while the dashboard is read-only', async () => {
      const admin = await openTab(stage, { as: 'admin' })
      const operator = await openTab(stage, { as: 'operator' })
      await visit(admin, '/settings')
      await visit(operator, '/jobs')
      await admin.getByRole('button', { name: 'Make it read-only' }).click()
      await admin.getByRole('button', { name: 'Allow changes' }).waitFor()
      await operator.reload()
      await operator.getByText('Read-only').first().waitFor()
      await operator.getByRole('button', { name: 'Enqueue' }).click(REFUSED)
      await operator.getByRole('status').getByText('The dashboard is read-only now').waitFor()
      await admin.getByRole('button', { name: 'Allow changes' }).click()
      await admin.getByRole('button', { name: 'Make it read-only' }).waitFor()
    })
  })

  describe('settings', () => {
    test('a user is given another role, kept out, let in and removed', async () => {
      const store = await stage.store()
      const { id, email } = await addUser(store, 'viewer')
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, '/settings?part=users')
      const own = page.getByRole('row', { name: new RegExp(email) })
      await own.getByRole('combobox').selectOption('operator')
      await until('it is an operator', async () => (await store.access.userById(id))?.role === 'operator')
      await own.getByRole('button', { name: /^Actions/ }).click()
      await page.getByRole('menuitem', { name: 'Disable' }).click()
      await own.getByText('disabled').waitFor()
      await own.getByRole('button', { name: /^Actions/ }).click()
      await page.getByRole('menuitem', { name: 'Remove' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
      await until('it is gone', async () => (await store.access.userById(id)) === undefined)
    })

    test('a user is given a list of permissions, and a link to sign in by', async () => {
      const store = await stage.store()
      const { id, email } = await addUser(store, 'viewer')
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, '/settings?part=users')
      const own = page.getByRole('row', { name: new RegExp(email) })
      await own.getByRole('button', { name: /^Actions/ }).click()
      await page.getByRole('menuitem', { name: 'Permissions' }).click()
      const dialog = page.getByRole('dialog', { name: /may do/ })
      expect(await dialog.getByLabel('jobs.retry').isDisabled()).toBe(true)
      await dialog.getByRole('button', { name: 'A list of their own' }).click()
      await dialog.getByLabel('jobs.retry').check()
      await dialog.getByLabel('metrics.read').uncheck()
      await dialog.getByRole('button', { name: 'Save' }).click()
      await own.getByText('with permissions of their own').waitFor()
      expect((await store.access.userById(id))?.permissions).toEqual(['jobs.read', 'logs.read', 'jobs.retry'])

      await own.getByRole('button', { name: /^Actions/ }).click()
      await page.getByRole('menuitem', { name: 'Link to sign in' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Make the link' }).click()
      const link = new URL((await page.getByText(/\/sign-in#link=/).textContent()) ?? '')
      const they = await openTab(stage, { as: null })
      await they.goto(`/sign-in${link.hash}`)
      await they.getByRole('button', { name: 'Sign in with this link' }).click()
      await they.getByRole('heading', { name: 'Now' }).waitFor()
      await they.getByRole('link', { name: 'Set a password' }).click()
      await they.getByLabel('New password again').waitFor()
    })

    test('how long the audit log is kept is set', async () => {
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, '/settings')
      await page.getByLabel('Kept for').selectOption('90')
      const store = await stage.store()
      await until('it is set', async () => (await store.access.setting('auditDays')) === 90)
    })

    test('a token is made, shown once, works, and is revoked', async () => {
      const page = await openTab(stage, { as: 'operator' })
      await visit(page, '/settings?part=tokens')
      await page.getByLabel('Name').fill('deploy script')
      await page.getByRole('checkbox', { name: 'jobs.enqueue' }).check()
      await page.getByRole('button', { name: 'Make the token' }).click()
      const shown = page.getByRole('status').locator('code')
      await shown.waitFor()
      const token = (await shown.textContent()) ?? ''
      const ask = async () =>
        (await fetch(`${stage.base}/api/jobs`, { headers: { authorization: `Bearer ${token}` } })).status
      expect(await ask()).toBe(200)
      const row = page.getByRole('row', { name: /deploy script/ })
      await row.getByRole('button', { name: 'Revoke' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
      await until('it is refused', async () => (await ask()) === 401)
      await page.reload()
      await page.getByText('No token yet').waitFor()
      expect(await page.content()).not.toContain(token)
    })

    test('the password is set, and other sessions end', async () => {
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, '/settings?part=password')
      await page.getByLabel('New password', { exact: true }).fill('short')
      await page.getByLabel('New password again').fill('short')
      await page.getByRole('button', { name: 'Change the password' }).click()
      await page
        .getByText(/at least|shorter/)
        .first()
        .waitFor()
      await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
      await page.getByLabel('New password again').fill(PASSWORD)
      await page.getByRole('button', { name: 'Change the password' }).click()
      await page.getByText('The password is changed').waitFor()
    })

    test('the theme is chosen, kept, and there before the first paint', async () => {
      const page = await openTab(stage, { as: 'viewer', theme: 'light' })
      await visit(page, '/settings')
      const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
      const light = await background()
      await page.getByRole('button', { name: 'Dark', exact: true }).click()
      await until('it is dark', async () => (await background()) !== light)
      await page.reload({ waitUntil: 'commit' })
      // The colour may still be on its way from the one to the other.
      await until('dark at once', async () => (await background()) !== light)
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    })
  })
})
