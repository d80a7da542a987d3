import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { picture } from './pictures.ts'
import { Hostile, openStage, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

const MARK = 'hostile-mark'
const MARKUP = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script><b id="${MARK}">bold</b>`
const TURNED = 'paid\u202Etxt.exe\u202C \u2066inner\u2069 zero\u200Bwidth'
const CONTROLS = 'bell\u0007 \u001b[31mred\u001b[0m back\u0008 nul\u0000 \u0085'
// biome-ignore lint/suspicious/noTemplateCurlyInString: it must stay as it is
const TEMPLATE = '{{constructor.constructor("document.title=\'owned\'")()}} ${document.title} javascript:document.title'
const TEXTS = [MARKUP, TURNED, CONTROLS, TEMPLATE]
const LONG = 'long '.repeat(200_000)
/** Characters that must never stand in the page as they are. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/

await inBrowser(() => {
  let stage: Stage
  const ids: string[] = []
  let long = ''
  beforeAll(async () => {
    stage = await openStage()
    const { runBackgroundJob, jobs } = stage.offstage
    for (const text of TEXTS) {
      const queue = text === MARKUP || text === TURNED ? text.slice(0, 60).trim().replaceAll(',', '') : 'default'
      for (const how of ['fails', 'returns'] as const) {
        ids.push((await runBackgroundJob(Hostile, 'speak', [text, how], { queue, tags: [queue] })).id)
      }
    }
    long = (await runBackgroundJob(Hostile, 'speak', [LONG, 'fails'])).id
    await until(
      'all have ended',
      async () => (await jobs.count({ status: ['failed', 'completed'] })) === ids.length + 1,
    )
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  /** Nothing of it has become a part of the page, and nothing of it is hidden. */
  const harmless = async (page: Page) => {
    expect(await page.locator(`#${MARK}`).count()).toBe(0)
    expect(await page.title()).not.toBe('owned')
    expect(HIDDEN.exec(await page.evaluate(() => document.body.innerText))).toBeNull()
    const titles = await page.evaluate(() =>
      [...document.querySelectorAll('[title], [aria-label]')].flatMap((each) => [
        each.getAttribute('title') ?? '',
        each.getAttribute('aria-label') ?? '',
      ]),
    )
    expect(titles.filter((title) => HIDDEN.test(title))).toEqual([])
  }

  describe('what a job wrote', () => {
    test.for(['/', '/causes', '/jobs', '/queues', '/logs', '/logs?file=errors', '/handlers', '/workers'])(
      'is harmless on %s',
      async (path) => {
        const page = await openTab(stage, { as: 'admin' })
        await visit(page, path)
        await page
          .getByText(/Hostile|speak|img|vm|inline/)
          .first()
          .waitFor()
        await page.waitForFunction(() => document.querySelector('.skeleton') === null)
        await harmless(page)
      },
    )

    test('is harmless on the pages of the jobs, in errors, arguments, results, progress and logs', async () => {
      const page = await openTab(stage, { as: 'admin' })
      for (const id of ids) {
        await visit(page, `/jobs/${id}`)
        await page.getByRole('region', { name: 'Log lines' }).waitFor()
        await harmless(page)
      }
      await picture(page, 'hostile')
    })

    test('is harmless on the pages of the causes', async () => {
      const admin = await stage.signedIn('admin')
      const { body } = await admin.get('/api/causes')
      expect(body.causes.length).toBeGreaterThan(3)
      const page = await openTab(stage, { as: 'admin' })
      for (const { fingerprint } of body.causes) {
        await visit(page, `/causes/${fingerprint}`)
        await page.getByRole('heading', { name: 'Samples' }).waitFor()
        await harmless(page)
      }
    })

    test('is named where it is hidden', async () => {
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, `/jobs/${ids[2]}`)
      await page.getByRole('region', { name: 'Why' }).getByText('RLO').first().waitFor()
      await page.getByTitle('U+202E: a character that cannot be seen').first().waitFor()
    })

    test('of a megabyte is cut, and shown in full when asked for', async () => {
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, `/jobs/${long}`)
      const shown = () => page.evaluate(() => document.body.innerText.length)
      await page
        .getByRole('button', { name: /^Show all/ })
        .first()
        .waitFor()
      expect(await shown()).toBeLessThan(100_000)
      const before = await shown()
      await page
        .getByRole('button', { name: /^Show all/ })
        .first()
        .click()
      await until('all of it is shown', async () => (await shown()) > before + 100_000)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1440)
    })
  })

  describe('what people wrote', () => {
    test('is harmless in filters, in addresses, in names and in the audit log', async () => {
      const store = await stage.store()
      const client = await stage.signedIn('admin')
      await client.post('/api/tokens', { name: MARKUP.slice(0, 60), scopes: ['jobs.read'], expiresInDays: 1 })
      await client.post('/api/operations', { action: 'retry', filter: `status:failed tag:${JSON.stringify(MARKUP)}` })
      await store.access.addUser({
        id: '01a00000-0000-7000-8000-00000000beef',
        email: 'mallory@example.com',
        name: `${TURNED} ${MARKUP}`.slice(0, 100),
        password: null,
        role: 'viewer',
        permissions: null,
        createdAt: new Date(),
        disabledAt: null,
      })
      const page = await openTab(stage, { as: 'admin' })
      const search = encodeURIComponent(`tag:${JSON.stringify(MARKUP)}`)
      for (const path of [
        '/activity',
        '/settings?part=users',
        '/settings?part=tokens',
        `/jobs?filter=${search}`,
        `/jobs?filter=${encodeURIComponent(MARKUP)}`,
        `/jobs/${encodeURIComponent('"><b id=hostile-mark>')}`,
        `/causes/${encodeURIComponent('"><b id=hostile-mark>')}`,
        `/sign-in?then=${encodeURIComponent('javascript:document.title="owned"')}`,
        `/sign-in?then=${encodeURIComponent('//example.com/')}`,
      ]) {
        await visit(page, path)
        await page.waitForFunction(() => document.querySelector('.skeleton') === null)
        await harmless(page)
      }
    })
  })
})
