/** Schemas of requests that several routes take. */
import { JOB_STATUSES } from '../../../core/job.ts'
import type { Route } from '../route.ts'
import { between, described, listOf, object, type Schema, text } from '../schemas/schema.ts'

/** As the filter's text, such as `status:failed class:ReportJob error:9f3a since:1h`. */
export const filter: Schema = described(
  text(8_000),
  `A filter, such as \`status:${JOB_STATUSES[3]} error:9f3a since:1h\`.`,
)
export const since: Schema = described(text(20), 'How far back, such as `24h`; a day by default.')
export const cursor: Schema = described(text(500), 'From the page before.')
export const nothing: Schema = object<Record<never, never>>({})
export const ids: Schema = listOf(text(40), 1_000)

export function limit(most: number): Schema {
  return described(between(1, most), 'How many at most.')
}

export function query(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, additionalProperties: false }
}

/** The reason that a pause may have. */
export function pauseBody(description: string): Pick<Route, 'body' | 'bodyIsOptional'> {
  const body = object<{ reason?: string }>({ reason: described(text(200), description) }, ['reason'])
  return { body, bodyIsOptional: true }
}
