import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const all = fileURLToPath(new URL('../../.output/screens/', import.meta.url))
const documented = fileURLToPath(new URL('../../../docs/images/', import.meta.url))
mkdirSync(all, { recursive: true })

/** Keeps a picture of what is shown; `test/.output` is looked at by people, not by git. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${all}${name}.png` })
}

/** A picture that the documentation shows. */
export async function documentedPicture(page: Page, name: string): Promise<void> {
  mkdirSync(documented, { recursive: true })
  await page.screenshot({ path: `${documented}${name}.png` })
}
