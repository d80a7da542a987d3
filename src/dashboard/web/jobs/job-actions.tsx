import type { JobAction, JobRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { Menu } from '../components/menu.tsx'
import { openDialog } from '../shell/opened-dialog.ts'
import { ACTIONS, actionsFor } from './actions.ts'
import type { JobActions } from './use-job-actions.ts'

/** The menu at the end of a row. */
export function RowMenu({ job, actions }: { job: JobRow; actions: JobActions }) {
  const refusal = useRefusal()
  const name = `${job.class}.${job.method}`
  const entry = (action: JobAction) => ({
    name: ACTIONS[action].name,
    icon: ACTIONS[action].icon,
    danger: action === 'delete',
    reason: actions.reason(action),
    onSelect: () => actions.one(action, job.id, name),
  })
  return (
    <Menu
      label={`Actions for ${name}`}
      entries={[
        ...actionsFor(job.status).map(entry),
        {
          name: 'Edit and enqueue a copy',
          icon: 'edit',
          reason: refusal('jobs.enqueue'),
          onSelect: () => openDialog({ kind: 'enqueue', copyOf: job }),
        },
      ]}
    />
  )
}
