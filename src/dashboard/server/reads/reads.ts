import { activity, operation, operations } from './activity.ts'
import { cause, causes } from './causes.ts'
import { exposed } from './exposed.ts'
import { handlers, metrics } from './handlers.ts'
import { job } from './job.ts'
import { findIds, jobCounts, jobs, matching } from './jobs.ts'
import { jobLogs, jobLogText, logFile } from './logs.ts'
import { now } from './now.ts'
import { pulse } from './pulse.ts'
import { queues, workers } from './queues.ts'
import type { ReadContext } from './read.ts'
import { schedule, schedules } from './schedules.ts'

/** Everything that the server asks of the database, by name: each takes what it needs as plain data, and answers JSON. */
const READS = {
  now,
  causes,
  cause,
  jobs,
  jobCounts,
  job,
  jobLogs,
  jobLogText,
  matching,
  findIds,
  queues,
  workers,
  schedules,
  schedule,
  handlers,
  metrics,
  logFile,
  activity,
  operations,
  operation,
  pulse,
  exposed,
}
type Reads = typeof READS

export type ReadName = keyof Reads
/** What a read is asked with; an empty object where it needs nothing. */
export type ReadInput<Name extends ReadName> = Parameters<Reads[Name]>[1] extends infer Input
  ? Input extends undefined
    ? Record<never, never>
    : Input
  : never
export type ReadValue<Name extends ReadName> = Awaited<ReturnType<Reads[Name]>>

const encoder = new TextEncoder()

/** The answer as JSON in UTF-8. */
export async function runRead(context: ReadContext, name: ReadName, input: unknown): Promise<Uint8Array> {
  const read = READS[name] as (context: ReadContext, input: unknown) => Promise<unknown>
  return encoder.encode(JSON.stringify(await read(context, input)))
}
