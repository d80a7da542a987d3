import type { JobStatus } from '../../../core/job.ts'
import type { JobAction } from '../../api.ts'
import type { IconName } from '../components/icons.tsx'

export interface ActionWords {
  name: string
  icon: IconName
  /** As in "Retrying 12 jobs". */
  doing: string
  /** As in "Retried 12 jobs". */
  done: string
  /** What becomes of a job, and of several. */
  means: { one: string; many: string }
}

export const ACTIONS: Record<JobAction, ActionWords> = {
  retry: {
    name: 'Retry',
    icon: 'retry',
    doing: 'Retrying',
    done: 'Retried',
    means: {
      one: 'goes back to pending, with all its retries again',
      many: 'go back to pending, with all their retries again',
    },
  },
  'run-now': {
    name: 'Run now',
    icon: 'play',
    doing: 'Starting',
    done: 'Started',
    means: { one: 'is due at once', many: 'are due at once' },
  },
  cancel: {
    name: 'Cancel',
    icon: 'cancelled',
    doing: 'Cancelling',
    done: 'Cancelled',
    means: {
      one: 'is stopped if it runs, and not run again',
      many: 'are stopped if they run, and not run again',
    },
  },
  delete: {
    name: 'Delete',
    icon: 'delete',
    doing: 'Deleting',
    done: 'Deleted',
    means: {
      one: 'is removed with its attempts and logs; this cannot be undone',
      many: 'are removed with their attempts and logs; this cannot be undone',
    },
  },
}

const BY_STATUS: Record<JobStatus, readonly JobAction[]> = {
  pending: ['run-now', 'cancel', 'delete'],
  running: ['cancel'],
  completed: ['delete'],
  failed: ['retry', 'delete'],
  cancelled: ['retry', 'delete'],
}

/** What makes sense for a job of that status; the server decides. */
export function actionsFor(status: JobStatus): readonly JobAction[] {
  return BY_STATUS[status]
}
