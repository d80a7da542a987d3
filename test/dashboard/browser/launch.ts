import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Chromium from '@sparticuz/chromium'
import type { LaunchOptions } from 'playwright-core'

/**
 * Of our own: the package's default arguments switch off what is tested here (`--disable-web-security`), and its
 * `--single-process` breaks a second page.
 */
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-zygote', '--headless=shell']

/** How the browser of the tests and of the benchmark is started. `OFFSTAGE_TEST_BROWSER` names another program. */
export async function launchOptions(): Promise<LaunchOptions> {
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
