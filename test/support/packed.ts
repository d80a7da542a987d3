import { execFileSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Packs the built package into a folder, as it would be published; the tarball's path. */
export function pack(folder: string): string {
  // `npm test` has built dist; packing must not build it again under the feet of the other tests.
  const args = ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', folder]
  const report = JSON.parse(
    execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' }),
  )
  const [tarball] = (Array.isArray(report) ? report : Object.values(report)) as { filename: string }[]
  if (tarball === undefined) throw new Error('npm pack told nothing')
  return join(folder, tarball.filename)
}

/** The package that was packed before all tests (unpacked.ts); its path. */
export function tarball(): string {
  const path = process.env.OFFSTAGE_PACKED
  if (path === undefined) throw new Error('nothing was packed: test/support/unpacked.ts has to run before all tests')
  return path
}

/** The environment of somebody who comes for the first time, as far as npm and this package look at it. */
export function newcomer(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(
    ([key]) => !/^(OFFSTAGE|BACKGROUND_JOB|MAX_RE|VITEST|NODE_OPTIONS|npm_|INIT_CWD)/.test(key),
  )
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' }
  const npm = { ...quiet, npm_config_prefer_offline: 'true', npm_config_loglevel: 'error' }
  // npx takes the node of the PATH, which may be an older one than this.
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`
  return { ...Object.fromEntries(clean), ...npm, PATH: path, ...extra }
}
