import { readFileSync } from 'node:fs'

/** The version of this package. The file is as far away from `src/cli` as from `dist/cli`. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
