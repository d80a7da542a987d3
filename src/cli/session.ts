import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { findConfig } from '../config/find.ts'
import { loadConfig } from '../config/load.ts'
import { ENGINE } from '../core/engine-symbol.ts'
import { OffstageError } from '../core/errors.ts'
import type { Offstage, OffstageEngine } from '../offstage.ts'
import type { Store } from '../store/store.ts'
import { openStore } from '../stores/open.ts'

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
  if (database !== undefined) process.env.OFFSTAGE_DATABASE = database
  if (existsSync('.env')) process.loadEnvFile('.env')
}

/** Loads the config module and gives its offstage to `use`; closes it in any case. */
export async function withOffstage<Result>(use: (session: Session) => Promise<Result>): Promise<Result> {
  const configPath = findConfig(process.cwd(), process.env)
  if (configPath === undefined) throw configMissing()
  const offstage = await loadConfig<Offstage>(configPath)
  try {
    return await use({ offstage, engine: offstage[ENGINE], configPath })
  } finally {
    await offstage.close()
  }
}

/**
 * For what needs the database only: a config module, or a named database without one.
 * @param logs True for what makes a step of a job, such as a cancel, which the log files are to tell.
 */
export async function withStore<Result>(
  use: (store: Store) => Promise<Result>,
  { logs = false } = {},
): Promise<Result> {
  const url = process.env.OFFSTAGE_DATABASE
  if (findConfig(process.cwd(), process.env) !== undefined || !url) {
    return await withOffstage(async ({ engine }) => use(await (logs ? engine.storeWithLogs() : engine.store())))
  }
  const store = await openStore(url)
  try {
    await store.migrate()
    return await use(store)
  } finally {
    await store.close()
  }
}

function configMissing(): OffstageError {
  return new OffstageError(
    'CONFIG_MISSING',
    'there is no offstage.config.ts in this folder or above it: make one, or name it with --config',
  )
}
