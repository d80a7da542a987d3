import Chromium from '@sparticuz/chromium'

/**
 * Before all tests: unpacks the browser that a package brings, unless that was done on this machine before. Files that
 * found it half unpacked by each other would start what is no program yet.
 */
export async function setup(): Promise<void> {
  if (process.env.OFFSTAGE_TEST_BROWSER || process.platform !== 'linux' || process.arch !== 'x64') return
  // Why it cannot be, those tests say that need it.
  await Chromium.executablePath().catch(() => undefined)
}
