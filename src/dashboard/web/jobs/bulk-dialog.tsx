import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { JobAction, OperationPreview, OperationView } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { get, send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { CliLine } from '../components/copy.tsx'
import { Dialog, DialogBody, DialogButtons } from '../components/dialog.tsx'
import { SelectField } from '../components/fields.tsx'
import { Failure, SkeletonRows } from '../components/placeholders.tsx'
import { StatusBadge } from '../components/status.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { argumentLine } from '../format/json.ts'
import { counted } from '../format/number.ts'
import { durationText } from '../format/time.ts'
import { ACTIONS } from './actions.ts'
import { OperationProgress } from './operation-progress.tsx'

export interface BulkProps {
  action: JobAction
  filter: string
  onClose: () => void
}

const PACES = [1, 5, 10, 20, 50, 100, 500]
/** So many at once overwhelm nobody; for more, a pace is proposed. */
const FEW = 200
const PROPOSED_PACE = '50'

/** An action on everything that matches: first what it would do, then how it goes. */
export default function BulkDialog({ action, filter, onClose }: BulkProps) {
  const { name } = ACTIONS[action]
  const [started, setStarted] = useState<OperationView | undefined>()
  const preview = useQuery({
    queryKey: ['operations/preview', action, filter],
    queryFn: () => send<OperationPreview>('POST', 'operations/preview', { action, filter }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <Dialog
      title={started ? `${ACTIONS[action].doing} jobs` : `${name} all that match`}
      description={
        <code className="font-mono text-xs wrap-anywhere">
          <Untrusted>{filter}</Untrusted>
        </code>
      }
      onClose={onClose}
    >
      {started ? (
        <Following operation={started} onClose={onClose} />
      ) : preview.data ? (
        <Preparing action={action} filter={filter} preview={preview.data} onClose={onClose} onStarted={setStarted} />
      ) : (
        <DialogBody>
          {preview.error ? (
            <Failure what="What matches could not be counted" error={preview.error} onRetry={preview.refetch} />
          ) : (
            <SkeletonRows rows={3} />
          )}
        </DialogBody>
      )}
    </Dialog>
  )
}

interface PreparingProps extends BulkProps {
  preview: OperationPreview
  onStarted: (operation: OperationView) => void
}

function Preparing({ action, filter, preview, onClose, onStarted }: PreparingProps) {
  const { matching, cli, sample } = preview
  const { name, means } = ACTIONS[action]
  const many = matching.more || matching.count > FEW
  const [pace, setPace] = useState(many && action === 'retry' ? PROPOSED_PACE : '')
  const reason = useRefusal()(`jobs.${action}`)
  const start = useMutation({
    mutationFn: () =>
      send<OperationView>('POST', 'operations', { action, filter, pace: pace === '' ? null : Number(pace) }),
    onSuccess: (operation) => {
      refresh(['operations', 'jobs'])
      onStarted(operation)
    },
  })
  const nothing = matching.count === 0 ? 'Nothing matches any more.' : undefined
  return (
    <>
      <DialogBody>
        <p className="text-sm">
          <strong className="font-semibold">{counted(matching, 'job')}</strong>{' '}
          <span className="text-muted">{matching.count === 1 && !matching.more ? means.one : means.many}.</span>
        </p>
        {sample.length > 0 && (
          <ul aria-label="Some of them" className="divide-y divide-line rounded-lg border border-line text-xs">
            {sample.slice(0, 4).map((job) => (
              <li key={job.id} className="flex items-center gap-2 px-3 py-2">
                <StatusBadge status={job.status} />
                <span className="truncate">
                  <Untrusted>{`${job.class}.${job.method}`}</Untrusted>{' '}
                  <span className="font-mono text-muted">
                    <UntrustedLine text={argumentLine(job.args, 120)} />
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
        <SelectField
          label="Pace"
          value={pace}
          onChange={setPace}
          hint={paceHint(pace, matching.count, matching.more)}
          choices={[
            { value: '', name: 'as fast as it goes' },
            ...PACES.map((each) => ({ value: String(each), name: `${each} a second` })),
          ]}
        />
        <CliLine command={cli.startsWith('npx ') ? cli : `npx ${cli}`} />
        {start.error && (
          <Failure what={`${name} could not be started`} error={start.error} onRetry={() => start.mutate()} />
        )}
      </DialogBody>
      <DialogButtons>
        <Button onClick={onClose}>Close</Button>
        <Button
          look={action === 'delete' ? 'danger' : 'primary'}
          icon={ACTIONS[action].icon}
          reason={reason ?? nothing}
          busy={start.isPending}
          onClick={() => start.mutate()}
        >
          {name} {counted(matching, 'job')}
        </Button>
      </DialogButtons>
    </>
  )
}

function paceHint(pace: string, count: number, more: boolean): string {
  if (pace === '') return 'All at once. A pace spares what the jobs call.'
  const time = durationText((count / Number(pace)) * 1000)
  return `Takes ${more ? 'more than' : 'about'} ${time}. It goes on when this page is closed, and can be aborted.`
}

function Following({ operation, onClose }: { operation: OperationView; onClose: () => void }) {
  const { data } = useQuery({
    queryKey: ['operations', operation.id],
    queryFn: ({ signal }) => get<OperationView>(`operations/${operation.id}`, {}, signal),
    initialData: operation,
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 1000 : false),
    meta: { topics: ['operations'] },
  })
  return (
    <>
      <DialogBody>
        <OperationProgress operation={data} />
      </DialogBody>
      <DialogButtons>
        <Button look="primary" onClick={onClose}>
          {data.state === 'running' ? 'Close, and let it go on' : 'Close'}
        </Button>
      </DialogButtons>
    </>
  )
}
