import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { QueueRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { queuesQuery } from '../api/queries.ts'
import { useCommand } from '../api/use-command.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Badge } from '../components/status.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { countText, rateText } from '../format/number.ts'
import { durationText } from '../format/time.ts'
import { openDialog } from '../shell/opened-dialog.ts'
import { Page } from '../shell/page.tsx'

const COLUMNS = [
  { key: 'name', name: 'Queue' },
  { key: 'state', name: 'State' },
  { key: 'ready', name: 'Ready', right: true },
  { key: 'delayed', name: 'Delayed', right: true, className: 'hidden md:table-cell' },
  { key: 'running', name: 'Running', right: true, className: 'hidden md:table-cell' },
  { key: 'oldest', name: 'Oldest wait', right: true, className: 'hidden sm:table-cell' },
  { key: 'in', name: 'In', right: true, className: 'hidden md:table-cell' },
  { key: 'out', name: 'Out', right: true, className: 'hidden md:table-cell' },
  { key: 'workers', name: 'Workers', right: true, className: 'hidden md:table-cell' },
  { key: 'act', name: <span className="sr-only">Actions</span> },
]

/** Every queue: what waits in it and for how long, and whether it is paused. */
export default function QueuesPage() {
  const { data, error, refetch, isFetching } = useQuery(queuesQuery)
  return (
    <Page
      title="Queues"
      subtitle="What waits, for how long, and how much comes and goes: rates are of the last 5 minutes."
    >
      {error && (
        <div className="mb-4">
          <Failure what="The queues could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      <Card label="Queues">
        {data && data.queues.length > 0 ? (
          <Table label="Queues">
            <Head columns={COLUMNS} />
            <tbody>
              {data.queues.map((queue) => (
                <QueueLine key={queue.name} queue={queue} />
              ))}
            </tbody>
          </Table>
        ) : data ? (
          <Empty
            icon="queues"
            title="No queue yet"
            command={`npx offstage run SampleJob process '["hello"]' --queue mail`}
          >
            A queue comes into being with its first job.
          </Empty>
        ) : (
          !error && <SkeletonRows />
        )}
      </Card>
    </Page>
  )
}

const BEHIND = 'More comes than goes: the queue grows'

function QueueLine({ queue }: { queue: QueueRow }) {
  const {
    name,
    paused,
    pauseReason,
    ready,
    delayed,
    running,
    oldestWaitMs,
    inPerMinute,
    outPerMinute,
    workers,
    capacity,
  } = queue
  const isFallingBehind = ready.count > 0 && inPerMinute > outPerMinute * 1.2
  const reason = useRefusal()('queues.pause')
  const { run, busy } = useCommand(['queues', 'jobs'])
  return (
    <Row>
      <Cell className="w-full max-w-0 min-w-28 font-medium">
        <Link
          href={`/jobs?filter=${encodeURIComponent(`queue:${name} status:pending`)}`}
          data-open
          className="block truncate hover:underline"
        >
          <Untrusted>{name}</Untrusted>
        </Link>
        {oldestWaitMs !== null && (
          <span className="block text-xs font-normal text-muted sm:hidden">waits {durationText(oldestWaitMs)}</span>
        )}
      </Cell>
      <Cell>
        <QueueState queue={queue} />
        {pauseReason !== null && (
          <span className="mt-0.5 block max-w-56 text-xs wrap-anywhere text-muted">
            <UntrustedLine text={pauseReason} />
          </span>
        )}
      </Cell>
      <Cell right>{countText(ready)}</Cell>
      <Cell right className="hidden md:table-cell">
        {countText(delayed)}
      </Cell>
      <Cell right className="hidden whitespace-nowrap md:table-cell">
        {running}
        {capacity > 0 && <span className="text-xs text-muted"> of {capacity}</span>}
      </Cell>
      <Cell right className="hidden whitespace-nowrap sm:table-cell">
        {oldestWaitMs === null ? '–' : durationText(oldestWaitMs)}
      </Cell>
      <Cell right className="hidden whitespace-nowrap md:table-cell">
        <span className={isFallingBehind ? 'font-semibold text-wait' : ''} title={isFallingBehind ? BEHIND : undefined}>
          {rateText(inPerMinute)}
        </span>
      </Cell>
      <Cell right className="hidden whitespace-nowrap md:table-cell">
        {rateText(outPerMinute)}
      </Cell>
      <Cell right className="hidden md:table-cell">
        {workers}
      </Cell>
      <Cell right>
        <Button
          size="small"
          icon={paused ? 'play' : 'pause'}
          reason={reason}
          busy={busy !== undefined}
          onClick={() =>
            paused
              ? run('POST', `queues/${encodeURIComponent(name)}/resume`, `Queue ${name} goes on.`)
              : openDialog({ kind: 'pause', what: 'queue', name })
          }
        >
          {paused ? 'Resume' : 'Pause'}
        </Button>
      </Cell>
    </Row>
  )
}

function QueueState({ queue: { paused, workers, ready } }: { queue: QueueRow }) {
  if (paused) {
    return (
      <Badge tone="wait" icon="pause">
        paused
      </Badge>
    )
  }
  if (workers > 0) {
    return (
      <Badge tone="good" icon="ok">
        served
      </Badge>
    )
  }
  return (
    <Badge tone={ready.count > 0 ? 'bad' : 'off'} icon={ready.count > 0 ? 'warning' : 'idle'}>
      no worker
    </Badge>
  )
}
