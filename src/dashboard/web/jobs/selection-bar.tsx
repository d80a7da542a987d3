import type { JobAction, JobRow } from '../../api.ts'
import { Button } from '../components/button.tsx'
import { Menu } from '../components/menu.tsx'
import { counted } from '../format/number.ts'
import { openDialog } from '../shell/opened-dialog.ts'
import { ACTIONS, actionsFor } from './actions.ts'
import type { Selection } from './job-table.tsx'
import type { JobActions } from './use-job-actions.ts'

const ORDER: readonly JobAction[] = ['retry', 'run-now', 'cancel', 'delete']

/** What can be done to the selected rows, or to everything that the filter matches. */
export function SelectionBar(props: { jobs: readonly JobRow[]; selection: Selection; actions: JobActions }) {
  const { jobs, selection, actions } = props
  const selected = jobs.filter(({ id }) => selection.ids.has(id))
  if (selected.length === 0) return null
  const some = ORDER.filter((action) => selected.some(({ status }) => actionsFor(status).includes(action)))
  const none = () => selection.set(new Set())
  return (
    <div
      role="toolbar"
      aria-label="Selected jobs"
      className="sticky bottom-16 z-20 mx-auto mt-3 flex w-fit max-w-full flex-wrap items-center gap-2 rounded-xl bg-raised px-3 py-2 text-sm shadow-raised md:bottom-4"
    >
      <strong className="font-semibold">{counted(selected.length, 'job')} selected</strong>
      {some.map((action) => {
        const ids = selected.filter(({ status }) => actionsFor(status).includes(action)).map(({ id }) => id)
        return (
          <Button
            key={action}
            size="small"
            icon={ACTIONS[action].icon}
            look={action === 'delete' ? 'danger' : 'plain'}
            reason={actions.reason(action)}
            busy={actions.busy}
            onClick={() => actions.many(action, ids, none)}
          >
            {ACTIONS[action].name} {ids.length < selected.length && ids.length}
          </Button>
        )
      })}
      <Button size="small" look="ghost" icon="close" label="Select none" onClick={none} />
    </div>
  )
}

/** The same for all that match, however many: each asks first, and shows how it goes. */
export function AllMatching({ filter, actions }: { filter: string; actions: JobActions }) {
  const empty =
    filter === '' ? 'Filter first: this is meant for some jobs, not for all. Clear data removes all.' : undefined
  return (
    <Menu
      label="Act on all that match"
      entries={ORDER.map((action) => ({
        name: `${ACTIONS[action].name} all that match…`,
        icon: ACTIONS[action].icon,
        danger: action === 'delete',
        reason: actions.reason(action) ?? empty,
        onSelect: () => openDialog({ kind: 'bulk', action, filter }),
      }))}
    />
  )
}
