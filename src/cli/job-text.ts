import type { Job, JobStatus } from '../core/job.ts'
import type { Style } from './output.ts'

const STYLES: Record<JobStatus, Style> = {
  pending: 'dim',
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
}

export function statusStyle(status: JobStatus): Style {
  return STYLES[status]
}

/** `pending (delayed)` */
export function statusText({ status, reason }: Pick<Job, 'status' | 'reason'>): string {
  return reason === null ? status : `${status} (${reason})`
}

/** `1 job`, `12,000 jobs` */
export function jobsText(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'job' : 'jobs'}`
}
