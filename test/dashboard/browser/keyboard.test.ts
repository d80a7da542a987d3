import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { inBrowser } from './browser.ts'
import { Mailer, openStage, ReportJob, type Stage } from './stage.ts'
import { openTab, visit } from './tabs.ts'

await inBrowser(() => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
    for (const name of ['ada', 'ben', 'cleo']) {
      const email = `${name}@example.com`
      await stage.offstage.runBackgroundJob(Mailer, 'welcome', [{ email, plan: 'free' }], { queue: 'mail' })
    }
    await until('all failed', async () => (await stage.offstage.jobs.count({ status: 'failed' })) === 3)
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
  })

  test('finds the cause and retries its jobs', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/')
    await page.getByText('The mail server does not answer').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'When and what' }).waitFor()
    // Tab leads to every button; the focus can be seen wherever it is.
    for (let tabs = 0; tabs < 60; tabs += 1) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        return { text: element.innerText, seen: outlineStyle !== 'none' && outlineWidth !== '0px' }
      })
      expect(focused.seen).toBe(true)
      if (focused.text.startsWith('Retry 3')) break
    }
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('3 jobs', { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Retry 3 jobs' }).focus()
    await page.keyboard.press('Enter')
    await dialog.getByText('done', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    // The focus is back where it was.
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).innerText)).toMatch(/^Retry/)
  })

  test('moves in a list, selects, opens, and goes anywhere', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/')
    await page.keyboard.press('g')
    await page.keyboard.press('j')
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
    await page.locator('[data-row]').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('class:Mailer')
    await page.keyboard.press('Enter')
    await page.waitForURL(/class%3AMailer/)
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('x')
    await page.getByText('2 jobs selected').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Mailer.welcome' }).waitFor()
    for (const [key, heading] of [
      ['q', 'Queues'],
      ['d', 'Schedules'],
      ['w', 'Workers'],
      ['h', 'Handlers'],
      ['l', 'Logs'],
      ['a', 'Activity'],
      ['s', 'Settings'],
      ['c', 'Causes'],
      ['n', 'Now'],
    ] as const) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    }
  })

  test('has a palette for everything, and a help for the rest', async () => {
    const { id } = await stage.offstage.runBackgroundJob(ReportJob, 'build', [1])
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/')
    const palette = page.getByRole('combobox', { name: 'Search and commands' })
    await page.keyboard.press('Control+k')
    await palette.waitFor()
    await page.keyboard.type('mailer')
    await page.getByRole('option', { name: 'Mailer.welcome' }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/class%3AMailer/)
    await page.keyboard.press('Control+k')
    await palette.waitFor()
    await page.keyboard.type(id)
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'ReportJob.build' }).waitFor()
    await page.keyboard.press('Control+k')
    await palette.waitFor()
    await page.keyboard.type('enqueue')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Configure Background Job' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).getByText('filter what is shown').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('t')
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('light')
  })

  test('writes a job without a mouse', async () => {
    const page = await openTab(stage, { as: 'operator' })
    await visit(page, '/jobs')
    await page.keyboard.press('e')
    await page.getByRole('dialog').getByLabel('Class').focus()
    await page.keyboard.type('Rep')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('[5]')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    for (let fields = 0; fields < 3; fields += 1) await page.keyboard.press('Tab')
    await page.keyboard.type('keyboard')
    await page.keyboard.press('Enter')
    await until('the job is there', async () => (await stage.offstage.jobs.count({ queue: 'keyboard' })) === 1)
  })
})
