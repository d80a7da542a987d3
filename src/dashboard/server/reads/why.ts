import type { JobDetail } from '../../../core/job.ts'
import type { Store } from '../../../store/store.ts'
import type { JobView } from '../../api.ts'
import type { Facts } from './read.ts'

export async function whyOf(_store: Store, _facts: Facts, job: JobDetail): Promise<JobView['why']> {
  return { text: job.reason ?? job.status, remedy: null }
}

export function fingerprintOfJob(_job: JobDetail): string | null {
  return null
}
