import type { JobId, JobStatus } from './job.ts'

/** Which jobs are meant: all of what is set has to hold. One filter for the library, the CLI, the API and the pages. */
export interface JobFilter {
  status?: JobStatus | readonly JobStatus[] | undefined
  class?: string | undefined
  method?: string | undefined
  queue?: string | undefined
  tag?: string | undefined
  ids?: readonly JobId[] | undefined
  /** How the id begins, in lower case. */
  idPrefix?: string | undefined
  priority?: number | undefined
  /** The fingerprint of the error of an attempt, or how it begins: at least four digits. */
  error?: string | undefined
  /** The id of the worker that ran an attempt of it, or runs it. */
  worker?: string | undefined
  /** Arguments that hold all of these values: `{ path: 'user.id', value: '42' }` looks in each argument. */
  args?: readonly ArgFilter[] | undefined
  /** Ended at or after this moment (ms since 1970) where only final statuses are asked for, else stored then. */
  since?: number | undefined
  /** The same, before this moment. */
  until?: number | undefined
}

export interface ArgFilter {
  /** Keys joined by dots; a first part that is a number names the argument. Empty: the argument itself. */
  path: string
  /** As text: what `String(value)` gives of a text, a number, a boolean or null. Nothing is found in a secret. */
  value: string
}
