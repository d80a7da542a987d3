import { Link } from 'wouter'
import type { Now, QueueRow } from '../../api.ts'
import { Card } from '../components/card.tsx'
import { Icon, type IconName } from '../components/icons.tsx'
import { Empty } from '../components/placeholders.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { counted, countText } from '../format/number.ts'
import { durationText } from '../format/time.ts'

const SHOWN = 6

/** Queues by their oldest wait, and the workers. */
export function HealthStrip({ queues, workers }: { queues: readonly QueueRow[]; workers: Now['workers'] }) {
  const worst = queues.toSorted((a, b) => (b.oldestWaitMs ?? -1) - (a.oldestWaitMs ?? -1)).slice(0, SHOWN)
  return (
    <Card
      title="Health"
      aside={
        <Link href="/workers" className="text-xs font-medium text-accent hover:underline">
          {counted(workers.running, 'worker')}
          {workers.quiet > 0 && `, ${workers.quiet} quiet`}
          {workers.lost > 0 && `, ${workers.lost} lost`}
        </Link>
      }
    >
      {worst.length === 0 ? (
        <Empty icon="queues" title="No queue yet" command="npx offstage run SampleJob process '[&quot;hello&quot;]'">
          The first job makes one.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {worst.map((queue) => (
            <li key={queue.name}>
              <QueueLine queue={queue} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function QueueLine({ queue }: { queue: QueueRow }) {
  const { name, ready, running, oldestWaitMs } = queue
  const { icon, colour, word } = stateOf(queue)
  return (
    <Link
      href={`/jobs?filter=${encodeURIComponent(`queue:${name} status:pending`)}`}
      className="grid grid-cols-[1rem_minmax(0,1fr)_auto] items-center gap-x-2.5 px-4 py-2 text-sm outline-offset-[-2px] hover:bg-hover"
    >
      <Icon name={icon} className={`size-4 ${colour}`} />
      <span className="min-w-0">
        <span className="block truncate font-medium">
          <Untrusted>{name}</Untrusted>
        </span>
        <span className="block truncate text-xs text-muted">
          {word} · {countText(ready)} ready · {running} running
        </span>
      </span>
      <span className="text-right text-xs text-muted">
        {oldestWaitMs === null ? (
          'nothing waits'
        ) : (
          <>
            <strong className="block text-sm font-semibold text-ink">{durationText(oldestWaitMs)}</strong> oldest wait
          </>
        )}
      </span>
    </Link>
  )
}

function stateOf({ paused, workers, ready }: QueueRow): { icon: IconName; colour: string; word: string } {
  if (paused) return { icon: 'pause', colour: 'text-wait', word: 'paused' }
  if (workers === 0) {
    const waits = ready.count > 0
    return { icon: 'warning', colour: waits ? 'text-bad' : 'text-faint', word: 'no worker serves it' }
  }
  return { icon: 'ok', colour: 'text-good', word: counted(workers, 'worker') }
}
