import type { JobStatus } from '../../../core/job.ts'
import { Card } from '../components/card.tsx'
import { JsonView } from '../components/json-view.tsx'
import { shareText } from '../format/number.ts'
import { shareOf } from './progress-share.ts'

/** What the job told of how far it is: a share as a bar, anything else as it is. */
export function Progress({ progress, status }: { progress: unknown; status: JobStatus }) {
  const share = shareOf(progress)
  return (
    <Card
      title="Progress"
      aside={share !== undefined && <span className="text-sm font-semibold">{shareText(share)}</span>}
    >
      <div className="space-y-3 p-4">
        {share !== undefined && (
          <progress
            className={`meter ${status === 'completed' ? 'good' : status === 'failed' ? 'bad' : ''}`}
            max={1}
            value={share}
            aria-label="Progress"
          />
        )}
        {typeof progress !== 'number' && <JsonView value={progress} label="Progress" />}
      </div>
    </Card>
  )
}
