import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { findConfig } from '../config/find.ts'
import { loadConfig } from '../config/load.ts'
import { ENGINE } from '../core/engine-symbol.ts'
import { OffstageError } from '../core/errors.ts'
import type { OffstageEngine } from '../engine.ts'
import type { Offstage } from '../offstage.ts'
import { movedText } from '../store/moved.ts'
import type { Store } from '../store/store.ts'
import { openStore } from '../stores/open.ts'
import { EXIT } from './exit-code.ts'
import { note } from './output.ts'

/** The options that every command takes. */
export interface GlobalOptions {
  config?: string
  database?: string
  json?: boolean
}

/** What a command works with: the user's own offstage, found by its config module. */
export interface Session {
  readonly offstage: Offstage
  readonly engine: OffstageEngine
  readonly configPath: string
}

/**
 * Puts the flags where the config module and its children look for them: in the environment. `.env` comes after both,
 * so that it overrides neither.
 */
export function applyEnvironment({ config, database }: GlobalOptions): void {
  if (config !== undefined) process.env.OFFSTAGE_CONFIG = resolve(config)
  const here = process.cwd()
  typedIn = here
  if (!process.env.OFFSTAGE_CONFIG) enterProject()
  if (database !== undefined) process.env.OFFSTAGE_DATABASE = from(here, database)
  if (existsSync('.env')) loadEnvironment(resolve('.env'))
}

/** `init` makes it for one user alone. Of a file that is another's, Node says that it is not there. */
function loadEnvironment(file: string): void {
  try {
    readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new OffstageError('CONFIG_INVALID', `${file} cannot be read (${code}): let this user read it, or remove it`)
  }
  process.loadEnvFile(file)
}

/**
 * Goes to the folder of the config module that is found above: its relative paths, that of the database first of all,
 * are meant as in the app, which runs there. Not for one that was named: then where one stands is meant.
 */
function enterProject(): void {
  const found = findConfig(process.cwd(), {})
  if (found !== undefined && dirname(found) !== process.cwd()) process.chdir(dirname(found))
}

let typedIn = process.cwd()

/** A database that another flag names. */
export function asTyped(url: string): string {
  return from(typedIn, url)
}

/** A database file that was typed is meant from where it was typed. */
function from(folder: string, url: string): string {
  if (folder === process.cwd()) return url
  const [, scheme, path = '', query = ''] = /^(sqlite|file):(?!\/|:memory:)([^?]+)(\?.*)?$/i.exec(url) ?? []
  return scheme === undefined ? url : `${scheme}:${encodeURI(folder)}/${path}${query}`
}

/** Loads the config module and gives its offstage to `use`; closes it in any case. */
export async function withOffstage<Result>(use: (session: Session) => Promise<Result>): Promise<Result> {
  const configPath = findConfig(process.cwd(), process.env)
  if (configPath === undefined) throw configMissing()
  const offstage = await loadOffstage(configPath)
  try {
    return await use({ offstage, engine: offstage[ENGINE], configPath })
  } finally {
    await offstage.close()
  }
}

/**
 * For what needs the database only: a config module, or a named database without one.
 * `use` gets the engine too where there is a config.
 * @param logs True for what makes a step of a job, such as a cancel, which the log files are to tell.
 */
export async function withStore<Result>(
  use: (store: Store, engine: OffstageEngine | undefined) => Promise<Result>,
  { logs = false } = {},
): Promise<Result> {
  const url = process.env.OFFSTAGE_DATABASE
  if (findConfig(process.cwd(), process.env) !== undefined || !url) {
    return await withOffstage(async ({ engine }) => use(await (logs ? engine.storeWithLogs() : engine.store()), engine))
  }
  const store = await openStore(url)
  try {
    await store.migrate()
    const departure = await store.moving.departure()
    if (departure !== undefined) note(movedText(departure))
    return await use(store, undefined)
  } finally {
    await store.close()
  }
}

/**
 * Loads a config module for a command.
 * @throws OffstageError what `loadConfig` does, and CONFIG_BROKEN for a module that never gets done.
 */
export async function loadOffstage(path: string): Promise<Offstage> {
  const ended = () => {
    note(`cannot load ${path}: the process ended meanwhile; have it throw an error instead of calling process.exit()`)
    process.exitCode = EXIT.usage
  }
  process.once('exit', ended)
  let idle = () => {}
  const stuck = new Promise<never>((_, reject) => {
    idle = () => {
      const why = 'it awaits what never comes; do not await, at its top level, what needs this module itself'
      reject(new OffstageError('CONFIG_BROKEN', `cannot load ${path}: ${why}`))
    }
  })
  // Nothing is left to do, and it is not loaded: Node would end, with a word about the code of this package.
  process.once('beforeExit', idle)
  try {
    return await Promise.race([loadConfig<Offstage>(path), stuck])
  } finally {
    process.off('exit', ended)
    process.off('beforeExit', idle)
  }
}

/** The database as {@link withStore} would open it. */
export async function databaseUrl(): Promise<string> {
  const url = process.env.OFFSTAGE_DATABASE
  if (findConfig(process.cwd(), process.env) === undefined && url) return url
  return await withOffstage(async ({ engine }) => engine.settings.database)
}

export function configMissing(): OffstageError {
  return new OffstageError(
    'CONFIG_MISSING',
    'there is no offstage.config.ts in this folder or above it: run `npx offstage init`, or name one with --config',
  )
}
