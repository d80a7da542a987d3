import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Chromium from '@sparticuz/chromium'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'
import { afterAll, test, vi } from 'vitest'

/**
 * Of our own: the package's default arguments switch off what is tested here (`--disable-web-security`), and its
 * `--single-process` breaks a second page.
 */
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-zygote', '--headless=shell']
const TRIES = 3

let browser: Browser | undefined
afterAll(async () => {
  await browser?.close()
})

/** The browser of this file's tests. */
export function theBrowser(): Browser {
  if (browser === undefined) throw new Error('the browser is used outside of inBrowser()')
  return browser
}

/**
 * Defines the tests of a file, where a browser runs. Where none does, the end of the run says so; CI fails.
 * `OFFSTAGE_TEST_BROWSER` names the program of another Chromium.
 */
export async function inBrowser(define: () => void): Promise<void> {
  // Whole journeys through pages, on a machine that may have other things to do.
  vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })
  const missing = await launch()
  if (missing === undefined) return define()
  test('a browser is there to test in', ({ task, skip }) => {
    task.meta.notReached = `The dashboard's pages were not tested: ${missing} (OFFSTAGE_TEST_BROWSER names a Chromium)`
    if (process.env.CI === 'true') throw new Error(task.meta.notReached)
    skip()
  })
}

/** Why no browser runs here; undefined when one does. */
async function launch(): Promise<string | undefined> {
  let last = ''
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      browser = await chromium.launch(await options())
      return undefined
    } catch (error) {
      last = (error as Error).message.split('\n').slice(0, 3).join(' ')
      // Another file's tests may be unpacking the browser to the same place.
      await pause(1500)
    }
  }
  return last
}

async function options(): Promise<LaunchOptions> {
  const given = process.env.OFFSTAGE_TEST_BROWSER
  if (given) return { executablePath: given, args: ARGS }
  // The package brings a program for one system; on others, a browser that is installed does as well.
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' }
  return { executablePath: await Chromium.executablePath(), args: ARGS, env: { ...process.env, ...fonts() } }
}

/** The fonts that come with the browser, so that pictures look the same on a machine that has none. */
function fonts(): Record<string, string> {
  const unpacked = join(tmpdir(), 'fonts')
  if (!existsSync(unpacked)) return {}
  const folder = join(tmpdir(), 'offstage-test-fonts')
  const file = join(folder, 'fonts.conf')
  const prefer = (name: string, font: string) =>
    `<alias binding="strong"><family>${name}</family><prefer><family>${font}</family></prefer></alias>`
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${unpacked}</dir>
<dir>/usr/share/fonts</dir><cachedir>${join(folder, 'cache')}</cachedir>
${prefer('system-ui', 'Open Sans')}${prefer('sans-serif', 'Open Sans')}${prefer('monospace', 'DejaVu Sans Mono')}
</fontconfig>`,
  )
  return { FONTCONFIG_FILE: file }
}
