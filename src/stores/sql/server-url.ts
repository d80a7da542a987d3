import { parseDuration } from '../../core/duration.ts'
import { OffstageError } from '../../core/errors.ts'

/** An application needs one for its writes, one for its reads, and some for what comes together. */
const DEFAULT_CONNECTIONS = 4
const MOST_CONNECTIONS = 100
const DEFAULT_TIMEOUT_MS = 10_000

/**
 * Takes the URL of a server apart. A sign in a password that was not written as %XX can end the part that the password
 * is in; the rest of it would then be taken for the name of the database, or for a setting, and be shown as such.
 * @param form How it is to be written, as in `postgres://user:password@host:5432/database`.
 * @throws OffstageError DATABASE_URL_INVALID; what it says holds nothing of the user or the password.
 */
export function parseServerUrl(url: string, form: string): { parsed: URL; database: string } {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw notOne(form)
  }
  const { pathname, search, hash, username } = parsed
  if (`${pathname}${hash}${username === '' ? search : ''}`.includes('@')) throw notOne(form)
  const database = decode(pathname.replace(/^\//, ''))
  if (database === '' || database.includes('/')) {
    throw invalid(`names no database: write ${form.replace(/:password|:\d+/g, '')}`)
  }
  return { parsed, database }
}

function notOne(form: string): OffstageError {
  return invalid(`is not one: write ${form}, with other signs than letters and digits in the password as %XX`)
}

export function connectionCount(text = String(DEFAULT_CONNECTIONS)): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST_CONNECTIONS) return count
  throw invalid(`has connections=${text}: use a number from 1 to ${MOST_CONNECTIONS}`)
}

/** How long one call waits for its answer, in ms. */
export function timeoutOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_MS
  try {
    const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, 'timeout')
    if (ms >= 100 && ms <= 3_600_000) return ms
  } catch {
    // Told below, as what it is: a part of the URL.
  }
  throw invalid(`has timeout=${text}: use seconds or a duration such as 10s, up to an hour`)
}

/** As it was meant: where %XX is none, the text itself. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function invalid(what: string): OffstageError {
  return new OffstageError('DATABASE_URL_INVALID', `the database URL ${what}`)
}
