import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { upwards } from './project.ts'
import { IGNORED } from './templates.ts'

/** The lines that .gitignore lacks; none without a repository. */
export function missingIgnores(folder: string): string[] {
  if (!upwards(folder).some((path) => existsSync(join(path, '.git')))) return []
  const file = join(folder, '.gitignore')
  const present = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : []
  return Object.entries(IGNORED)
    .filter(([line, path]) => !present.includes(line) && !isIgnored(folder, path))
    .map(([line]) => line)
}

/** True when git would commit the file: ignoring it does not help any more. */
export function isTracked(folder: string, path: string): boolean {
  return git(folder, 'ls-files', '--error-unmatch', '--', path)
}

/** Whatever pattern in whatever file says so. Without git, nothing does. */
function isIgnored(folder: string, path: string): boolean {
  return git(folder, 'check-ignore', '--quiet', '--no-index', '--', path)
}

function git(folder: string, ...args: string[]): boolean {
  return spawnSync('git', args, { cwd: folder, stdio: 'ignore', timeout: 10_000, windowsHide: true }).status === 0
}
