import { parseDuration } from '../../core/duration.ts'
import { OffstageError } from '../../core/errors.ts'
import { badRequest } from './problem.ts'

export const DAY_MS = 86_400_000
const LONGEST_MS = 366 * DAY_MS

/** How far back a request looks, in ms: `since=24h`, as everywhere. @throws Problem 400 */
export function windowOf(since: string | undefined, defaultMs = DAY_MS): number {
  if (since === undefined || since === '') return defaultMs
  const ms = spanOf(since)
  if (ms < 60_000 || ms > LONGEST_MS) throw badRequest('since', `is ${since}: use 1m to 366d`)
  return ms
}

function spanOf(since: string): number {
  try {
    return parseDuration(since, 'since')
  } catch (error) {
    if (error instanceof OffstageError) throw badRequest('since', error.message.replace(/^since /, ''))
    throw error
  }
}
