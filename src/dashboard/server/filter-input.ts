import type { JobFilter } from '../../core/filter.ts'
import { parseFilter } from '../../core/filter-text.ts'
import { badRequest } from './problem.ts'

/** `since:1h` counts from the last whole second, so that those who ask within one ask the same. */
const STEP_MS = 1_000

/** The filter of a request, which is text as a person writes it. @throws Problem 400 */
export function filterOf(text: unknown): JobFilter {
  const now = Math.floor(Date.now() / STEP_MS) * STEP_MS
  const { filter, errors } = parseFilter(typeof text === 'string' ? text : '', now)
  if (errors === undefined) return filter
  throw badRequest('filter', errors.map(({ reason }) => reason).join('; '))
}
