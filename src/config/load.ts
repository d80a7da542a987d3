import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ENGINE, type Engine } from '../core/engine-symbol.ts'
import { OffstageError } from '../core/errors.ts'
import { whatBroke } from './what-broke.ts'

/** What `defineOffstage` returns, as far as this is concerned. */
export interface Configured {
  readonly [ENGINE]: Engine<unknown>
}

/**
 * Imports the config module and returns the offstage that it exports: its default export, or any other.
 * @throws OffstageError CONFIG_MISSING when there is no such file, CONFIG_BROKEN when it cannot be imported (with the
 * file, the line and the line's text), CONFIG_INVALID when it exports no offstage, or several and none as default;
 * what `defineOffstage` itself refuses, as it is.
 */
export async function loadConfig<Offstage extends Configured = Configured>(path: string): Promise<Offstage> {
  const file = resolve(path)
  if (!existsSync(file)) throw new OffstageError('CONFIG_MISSING', `there is no config module at ${file}`)
  let module: Record<string, unknown>
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw new OffstageError(error instanceof OffstageError ? error.code : 'CONFIG_BROKEN', whatBroke(file, error), {
      cause: error,
    })
  }
  if (isConfigured<Offstage>(module.default)) return module.default
  const found = new Set(Object.values(module).filter(isConfigured<Offstage>))
  const [only] = found
  if (only !== undefined && found.size === 1) return only
  throw new OffstageError(
    'CONFIG_INVALID',
    found.size === 0
      ? `${file} exports no offstage: end it with \`export default defineOffstage({ … })\``
      : `${file} exports ${found.size} offstages: make one of them its default export`,
  )
}

function isConfigured<Offstage>(value: unknown): value is Offstage {
  return typeof value === 'object' && value !== null && ENGINE in value
}
