import { OffstageError } from '../core/errors.ts'
import { shownDatabase } from '../core/shown-database.ts'
import type { Inspection } from '../store/inspection.ts'
import { whileBusy } from '../store/retry.ts'
import type { Store } from '../store/store.ts'

export interface OpenOptions {
  /** For tests: the clock that due times and leases are judged by, where the database has none of its own. */
  clock?: () => number
  /** How many connections to a server at most; instead of what its URL says. */
  connections?: number
}

/**
 * Opens the store that a database URL names. It connects; it does not migrate.
 * `sqlite:<path>` (`sqlite::memory:`; `?synchronous=full`) is a file in this machine.
 * `postgres://user:password@host:5432/database` (`postgresql://…`; `?schema=offstage&connections=4`) is a server's, and
 * `mysql://user:password@host:3306/database` (`mariadb://…`; `?connections=4`) is too.
 * @throws OffstageError DATABASE_URL_INVALID, or what keeps the database from being opened.
 */
export async function openStore(url: string, options: OpenOptions = {}): Promise<Store> {
  const scheme = schemeOf(url)
  if (scheme === 'sqlite' || scheme === 'file') {
    const { createSqliteStore } = await import('./sqlite/store.ts')
    const place = parseSqliteUrl(url)
    // Whoever starts while another process is making the file finds it locked for a moment.
    return await whileBusy(async () => createSqliteStore({ ...place, ...options }))
  }
  if (scheme === 'mysql' || scheme === 'mariadb') {
    const [{ createMysqlStore }, { parseMysqlUrl }] = await Promise.all([
      import('./mysql/store.ts'),
      import('./mysql/url.ts'),
    ])
    return await createMysqlStore({ ...parseMysqlUrl(url), ...options })
  }
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const [{ createPostgresStore }, { parsePostgresUrl }] = await Promise.all([
      import('./postgres/store.ts'),
      import('./postgres/url.ts'),
    ])
    return await createPostgresStore({ ...parsePostgresUrl(url), ...options })
  }
  throw unknownKind(url, scheme)
}

/**
 * Looks at the database that a URL names without changing or creating it.
 * @throws OffstageError DATABASE_URL_INVALID, or what keeps the database from being read and written.
 */
export async function inspectDatabase(url: string): Promise<Inspection> {
  const scheme = schemeOf(url)
  if (scheme === 'sqlite' || scheme === 'file') {
    const { inspectSqlite } = await import('./sqlite/inspect.ts')
    const { path, synchronous = 'normal' } = parseSqliteUrl(url)
    return inspectSqlite(path, synchronous)
  }
  if (scheme === 'mysql' || scheme === 'mariadb') {
    const [{ inspectMysql }, { parseMysqlUrl }] = await Promise.all([
      import('./mysql/inspect.ts'),
      import('./mysql/url.ts'),
    ])
    return await inspectMysql(parseMysqlUrl(url))
  }
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const [{ inspectPostgres }, { parsePostgresUrl }] = await Promise.all([
      import('./postgres/inspect.ts'),
      import('./postgres/url.ts'),
    ])
    return await inspectPostgres(parsePostgresUrl(url))
  }
  throw unknownKind(url, scheme)
}

function schemeOf(url: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
}

function unknownKind(url: string, scheme: string | undefined): OffstageError {
  return new OffstageError(
    'DATABASE_URL_INVALID',
    scheme === undefined || scheme.length === 1
      ? `the database must be a URL such as sqlite:offstage.db, not ${JSON.stringify(shownDatabase(url))}`
      : `no database of the kind "${scheme}:" is known here: use sqlite:<path>, postgres://user@host/database or mysql://user@host/database`,
  )
}

/** `sqlite:jobs.db`, `sqlite:/var/lib/jobs.db` and `sqlite:///var/lib/jobs.db` are all meant as they look. */
function parseSqliteUrl(url: string): { path: string; synchronous?: 'normal' | 'full' } {
  const [place = '', query = ''] = url.slice(url.indexOf(':') + 1).split('?', 2)
  const path = decodePath(place.replace(/^\/\/(?=\/|$)/, ''))
  if (path === '') {
    throw new OffstageError('DATABASE_URL_INVALID', 'the database URL names no file: write sqlite:offstage.db, say')
  }
  const settings = new URLSearchParams(query)
  for (const [key, value] of settings) {
    if (key !== 'synchronous' || (value !== 'normal' && value !== 'full')) {
      throw new OffstageError(
        'DATABASE_URL_INVALID',
        `the database URL has an unknown setting ${JSON.stringify(key)}, or a value that it cannot have: synchronous=normal or synchronous=full can be set`,
      )
    }
  }
  const synchronous = settings.get('synchronous') as 'normal' | 'full' | null
  return synchronous === null ? { path } : { path, synchronous }
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
