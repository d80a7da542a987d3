import { shown } from '../core/duration.ts'
import { OffstageError } from '../core/errors.ts'
import { isId } from '../core/id.ts'
import type { JobId } from '../core/job.ts'

export function jobNotFound(id: unknown): OffstageError {
  const why = isId(id) ? `there is no job ${id}: it was deleted, or never stored here` : `${shown(id)} is no job id`
  return new OffstageError('JOB_NOT_FOUND', why)
}

/** @throws OffstageError JOB_NOT_FOUND for what cannot be a job's id. */
export function checkJobId(id: unknown): JobId {
  if (isId(id)) return id
  throw jobNotFound(id)
}
