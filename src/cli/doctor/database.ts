import { formatDuration } from '../../core/duration.ts'
import type { Registry } from '../../core/registry.ts'
import type { OffstageEngine } from '../../engine.ts'
import { checkKey, keyText } from '../../secrets/current-keyring.ts'
import type { FileFacts, Inspection } from '../../store/inspection.ts'
import type { Store } from '../../store/store.ts'
import { inspectDatabase, openStore } from '../../stores/open.ts'
import { broken, type Finding, ok, unhealthy, warning } from './finding.ts'
import { checkNew, checkPlace } from './place.ts'
import { checkSchedules } from './schedules.ts'
import { checkServer } from './server.ts'

/** A job that has been due for longer than this, while somebody works, means that too few do; ms. */
const LATE_MS = 60_000

/** A migration that is written down as made is not made again. */
export const RESTORE =
  'bring back by hand what somebody has removed, with what `offstage migrate --dry-run` prints for an empty database, or restore a backup'

/** What the config at hand allows and declares; undefined where none could be read. */
type Config = Pick<OffstageEngine, 'registry' | 'scheduling'> | undefined

/** Everything about the database and what is in it. Changes and creates nothing. */
export async function checkDatabase(url: string, config: Config): Promise<Finding[]> {
  try {
    const found = await inspectDatabase(url)
    const { exists, file, server } = found
    const drive = file?.path === undefined ? [] : checkPlace(file.path)
    if (!exists) {
      return [checkNew(url, file?.path), ...drive, checkSecrets(found)]
    }
    const place = [
      ...(file === undefined ? [] : checkFile(url, file)),
      ...(server === undefined ? [] : checkServer(server, found.version > 0)),
    ]
    const findings = [...place, checkSchema(found), ...drive, checkSecrets(found)]
    const isWhole = found.version > 0 && found.version === newest(found) && found.missing.length === 0
    return isWhole ? [...findings, ...(await checkContents(url, found, config))] : findings
  } catch (error) {
    return [broken('database', error)]
  }
}

function checkFile(url: string, { problems, journalMode, synchronous }: FileFacts): Finding[] {
  const sound =
    problems.length === 0
      ? ok('database', `${url} opens, can be written and is sound`)
      : unhealthy(
          'database',
          `damaged: ${problems[0]}`,
          'stop the workers, then restore a backup or `sqlite3 <file> .recover`',
        )
  const mode =
    journalMode === 'wal'
      ? ok('journal', 'write-ahead log: readers and writers do not wait for each other')
      : warning('journal', `journal mode ${journalMode}`, 'run `offstage migrate`: it switches to the write-ahead log')
  const survives =
    synchronous === 'full'
      ? 'full: what was enqueued survives a power cut, at one fsync each'
      : 'normal: what was enqueued survives every crash; a power cut may take the last moments (?synchronous=full)'
  return [sound, mode, ok('synchronous', survives)]
}

function checkSchema(found: Inspection): Finding {
  const { version, missing } = found
  const latest = newest(found)
  if (missing.length > 0) return unhealthy('schema', `version ${version}, and ${missing.join('; ')}`, RESTORE)
  if (version === latest) return ok('schema', `version ${version}, up to date`)
  if (version > latest) {
    return unhealthy(
      'schema',
      `version ${version} is newer than this package knows (${latest})`,
      'upgrade the package offstage here',
    )
  }
  return warning(
    'schema',
    `version ${version} of ${latest}`,
    'run `offstage migrate`, or start a worker: it does it too',
  )
}

function newest({ migrations }: Inspection): number {
  return migrations.at(-1)?.version ?? 0
}

export function checkSecrets({ hasSecrets }: Pick<Inspection, 'hasSecrets'>): Finding {
  const check = 'secret key'
  try {
    checkKey()
  } catch (error) {
    return broken(check, error)
  }
  if (keyText() !== undefined) return ok(check, 'OFFSTAGE_SECRET_KEY is set and well-formed')
  if (!hasSecrets) return ok(check, 'OFFSTAGE_SECRET_KEY is not set, and no waiting job needs it')
  return unhealthy(
    check,
    'waiting jobs have secrets, and OFFSTAGE_SECRET_KEY is not set',
    'set the key that sealed them',
  )
}

async function checkContents(url: string, found: Inspection, config: Config): Promise<Finding[]> {
  const store = await openStore(url)
  try {
    const strangers = config === undefined ? [] : [await checkHandlers(store, config.registry, found.handlers)]
    const schedules = await checkSchedules(store, config)
    return [await checkWorkers(store, found), ...strangers, ...schedules, ...(await checkMoved(store))]
  } finally {
    await store.close()
  }
}

async function checkMoved(store: Store): Promise<Finding[]> {
  const departure = await store.moving.departure()
  if (departure === undefined) return []
  const { to, since, doneAt } = departure
  return doneAt === null
    ? [warning('move', `being moved to ${to} since ${since.toISOString()}`, 'run `offstage move` again to finish it')]
    : [warning('move', `moved to ${to} at ${doneAt.toISOString()}`, 'let the app and its workers use that database')]
}

async function checkWorkers(store: Store, { oldestReadyAt, server }: Inspection): Promise<Finding> {
  // By the clock that jobs are due by.
  const now = Date.now() + (server?.clockAheadMs ?? 0)
  const workers = await store.workers()
  const lost = workers.filter(({ status }) => status === 'lost')
  const alive = workers.filter(({ status }) => status === 'running')
  const lateMs = oldestReadyAt === undefined ? 0 : now - oldestReadyAt
  const waits = lateMs >= 1_000 ? `; the oldest due job waits for ${formatDuration(roundToSecond(lateMs))}` : ''
  const message = `${alive.length} at work${lost.length === 0 ? '' : `, ${lost.length} lost`}${waits}`
  if (alive.length === 0 && oldestReadyAt !== undefined) {
    const remedy = 'run `offstage start`, or `offstage work` as a service'
    return (lateMs > LATE_MS ? unhealthy : warning)('workers', message, remedy)
  }
  if (lateMs > LATE_MS) return warning('workers', message, 'start another worker, or raise --concurrency')
  if (lost.length > 0) {
    const names = lost.map(({ id }) => id).join(', ')
    return warning('workers', message, `its jobs run elsewhere; see why ${names} stopped without a word`)
  }
  return ok('workers', message)
}

function roundToSecond(ms: number): number {
  return Math.round(ms / 1_000) * 1_000
}

/** Jobs whose code this config does not have: they would fail, one by one, as not allowed. */
async function checkHandlers(store: Store, registry: Registry, named: Inspection['handlers']): Promise<Finding> {
  const unknown: string[] = []
  for (const handler of named) {
    if (registry.find(handler.class, handler.method) !== undefined) continue
    const count = await store.count({ ...handler, status: 'pending' })
    if (count > 0) unknown.push(`${handler.class}.${handler.method} (${count})`)
  }
  if (unknown.length === 0) return ok('allow-list', 'every waiting job is allowed')
  return unhealthy(
    'allow-list',
    `waiting jobs are not allowed: ${unknown.join(', ')}`,
    'add them to `jobs` in the config, or remove them with `offstage jobs delete`',
  )
}
