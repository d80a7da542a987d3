import { useMutation } from '@tanstack/react-query'
import type { OperationView } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import type { IconName } from '../components/icons.tsx'
import { Badge, type Tone } from '../components/status.tsx'
import { toast } from '../components/toasts.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { counted, numberText } from '../format/number.ts'

const STATES: Record<OperationView['state'], { tone: Tone; icon: IconName; word: string }> = {
  running: { tone: 'busy', icon: 'running', word: 'running' },
  done: { tone: 'good', icon: 'completed', word: 'done' },
  aborted: { tone: 'off', icon: 'cancelled', word: 'aborted' },
  failed: { tone: 'bad', icon: 'failed', word: 'failed' },
}

/** How far a bulk operation is, and a way to stop it. */
export function OperationProgress({ operation }: { operation: OperationView }) {
  const { state, total, done, skipped, pace, error, action } = operation
  const { tone, icon, word } = STATES[state]
  const permission = useRefusal()(action === 'clear' ? 'jobs.clear' : `jobs.${action}`)
  const abort = useMutation({
    mutationFn: () => send('POST', `operations/${operation.id}/abort`),
    onError: (failure) => toast({ tone: 'bad', text: `It could not be aborted. ${failure.message}` }),
    onSettled: () => refresh(['operations']),
  })
  return (
    <div className="min-w-0 space-y-2 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge tone={tone} icon={icon} turning={state === 'running'}>
          {word}
        </Badge>
        <span>
          <strong className="font-semibold">{numberText(done)}</strong>
          {total !== null && ` of ${numberText(total)}`} done
          {skipped > 0 && <span className="text-muted"> · {counted(skipped, 'job')} had moved on</span>}
        </span>
        <span className="text-muted">{pace === null ? 'as fast as it goes' : `${pace} a second`}</span>
        {state === 'running' && (
          <span className="ml-auto">
            <Button size="small" icon="stop" reason={permission} busy={abort.isPending} onClick={() => abort.mutate()}>
              Abort
            </Button>
          </span>
        )}
      </div>
      <progress
        className={`meter ${tone}`}
        aria-label="Progress"
        max={total ?? undefined}
        value={total === null ? (state === 'running' ? undefined : 1) : done + skipped}
      />
      {error && (
        <p className="text-xs wrap-anywhere text-bad">
          <Untrusted>{error}</Untrusted>
        </p>
      )}
    </div>
  )
}
