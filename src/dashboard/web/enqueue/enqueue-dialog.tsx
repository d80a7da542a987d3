import { useQuery } from '@tanstack/react-query'
import type { HandlerRow, JobRow } from '../../api.ts'
import { handlersQuery } from '../api/queries.ts'
import { Dialog, DialogBody } from '../components/dialog.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { EnqueueForm } from './enqueue-form.tsx'

export interface EnqueueDialogProps {
  copyOf?: JobRow | undefined
  handler?: { class: string; method: string } | undefined
  onClose: () => void
}

/** "Configure Background Job": a new job, or an edited copy of one. */
export default function EnqueueDialog({ copyOf, handler, onClose }: EnqueueDialogProps) {
  const { data, error, refetch, isFetching } = useQuery({ ...handlersQuery('24h'), staleTime: 30_000 })
  const allowed = data?.handlers.filter((each) => each.allowed) ?? []
  return (
    <Dialog
      wide
      title={copyOf ? 'Edit and enqueue a copy' : 'Configure Background Job'}
      description={
        copyOf
          ? 'The job itself stays as it is; the copy says where it comes from.'
          : 'Whatever the config allows can be enqueued.'
      }
      onClose={onClose}
    >
      {error ? (
        <DialogBody>
          <Failure what="The handlers could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </DialogBody>
      ) : !data ? (
        <SkeletonRows rows={6} />
      ) : allowed.length === 0 ? (
        <Empty icon="handlers" title="No handler is allowed" command="npx offstage init">
          List what may run in offstage.config.ts, and start the dashboard with it.
        </Empty>
      ) : (
        <EnqueueForm handlers={allowed} first={firstOf(allowed, copyOf ?? handler)} copyOf={copyOf} onClose={onClose} />
      )}
    </Dialog>
  )
}

function firstOf(handlers: readonly HandlerRow[], wanted?: { class: string; method: string }): HandlerRow {
  const found = handlers.find((each) => each.class === wanted?.class && each.method === wanted.method)
  return found ?? (handlers[0] as HandlerRow)
}
