import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OffstageError } from '../core/errors.ts'

/** What a config module may be called, in order of preference. */
export const CONFIG_NAMES = ['offstage.config.ts', 'offstage.config.mts', 'offstage.config.js', 'offstage.config.mjs']

/**
 * The absolute path of the config module: what `OFFSTAGE_CONFIG` names, else the first found from `cwd` upwards.
 * @throws OffstageError CONFIG_MISSING when `OFFSTAGE_CONFIG` names no file.
 */
export function findConfig(cwd: string, env: Record<string, string | undefined>): string | undefined {
  const named = env.OFFSTAGE_CONFIG
  if (named !== undefined && named !== '') {
    const path = resolve(cwd, named)
    if (isFile(path)) return path
    throw new OffstageError(
      'CONFIG_MISSING',
      `there is no config module at ${path}: correct --config or OFFSTAGE_CONFIG, or leave it out`,
    )
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = CONFIG_NAMES.map((name) => join(folder, name)).find(isFile)
    if (path !== undefined || folder === dirname(folder)) return path
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}
