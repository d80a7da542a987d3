import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeEndless } from '../endless.ts'
import { inBrowser } from './browser.ts'
import { openStage, ReportJob } from './stage.ts'
import { openTab, visit } from './tabs.ts'

await inBrowser(() => {
  test('a query that takes too long is a banner over what is shown', async () => {
    const stage = await openStage({ config: { queryTimeout: '1s' }, working: false })
    try {
      const page = await openTab(stage, { as: 'admin' })
      await visit(page, '/activity')
      const row = page.getByRole('row', { name: /sign-in/ })
      await row.waitFor()
      const mend = makeEndless(join(stage.folder, 'jobs.db'), 'offstage_audit')
      try {
        // Something changes, so the page looks again.
        await stage.offstage.runBackgroundJob(ReportJob, 'build', [1], { delay: '5h' })
        const banner = page.getByRole('alert')
        await banner.getByText('The audit log could not be loaded.').waitFor({ timeout: 60_000 })
        await banner.getByText(/did not answer this within 1 s.*narrow the filter/).waitFor()
        expect(await row.count()).toBe(1)
        await page.getByText('Bulk operations', { exact: true }).waitFor()
      } finally {
        mend()
      }
      // It may look again by itself before that is pressed.
      const again = page.getByRole('alert').getByRole('button', { name: 'Try again' })
      await again.click({ timeout: 2_000 }).catch(() => undefined)
      await page.getByRole('alert').waitFor({ state: 'detached' })
      await row.waitFor()
    } finally {
      await stage[Symbol.asyncDispose]()
    }
  })
})
