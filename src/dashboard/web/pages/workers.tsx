import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { WorkerRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { workersQuery } from '../api/queries.ts'
import { useCommand } from '../api/use-command.ts'
import { Button } from '../components/button.tsx'
import { Card, Fact } from '../components/card.tsx'
import type { IconName } from '../components/icons.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Badge, type Tone } from '../components/status.tsx'
import { Ago, Since } from '../components/time.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { openDialog } from '../shell/opened-dialog.ts'
import { Page } from '../shell/page.tsx'

const STATES: Record<WorkerRow['status'], { tone: Tone; icon: IconName }> = {
  running: { tone: 'good', icon: 'ok' },
  quiet: { tone: 'wait', icon: 'quiet' },
  stopping: { tone: 'wait', icon: 'stop' },
  lost: { tone: 'bad', icon: 'warning' },
}

/** The workers of every machine: whether they live, and what they run. */
export default function WorkersPage() {
  const { data, error, refetch, isFetching } = useQuery(workersQuery)
  return (
    <Page title="Workers" subtitle="The processes that run jobs, on every machine.">
      {error && (
        <div className="mb-4">
          <Failure what="The workers could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      {data && data.workers.length > 0 ? (
        <ul className="grid gap-4 xl:grid-cols-2">
          {data.workers.map((worker) => (
            <li key={worker.id} data-row tabIndex={-1} className="min-w-0 rounded-xl">
              <WorkerCard worker={worker} />
            </li>
          ))}
        </ul>
      ) : (
        <Card label="Workers">
          {data ? (
            <Empty icon="workers" title="No worker runs" command="npx offstage work">
              Jobs wait until one is started.
            </Empty>
          ) : (
            !error && <SkeletonRows />
          )}
        </Card>
      )}
    </Page>
  )
}

function WorkerCard({ worker }: { worker: WorkerRow }) {
  const { id, host, pid, status, queues, concurrency, running, version, release, startedAt, lastSeenAt, jobs } = worker
  const { tone, icon } = STATES[status]
  return (
    <Card
      title={
        <span className="flex min-w-0 flex-wrap items-center gap-2">
          <span className="font-mono text-sm wrap-anywhere">
            <Untrusted>{id}</Untrusted>
          </span>
          <Badge tone={tone} icon={icon}>
            {status}
          </Badge>
        </span>
      }
      aside={<WorkerButtons worker={worker} />}
      className="h-full"
    >
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 p-4 text-sm sm:grid-cols-4">
        <Fact name="Load">
          {running} of {concurrency}
          <progress className="meter mt-1.5" max={Math.max(1, concurrency)} value={running} aria-label="Load" />
        </Fact>
        <Fact name="Heartbeat">
          <Ago at={lastSeenAt} className={status === 'lost' ? 'font-semibold text-bad' : ''} />
        </Fact>
        <Fact name="Queues">
          <Untrusted>{queues}</Untrusted>
        </Fact>
        <Fact name="Version">{version}</Fact>
        {release !== null && (
          <Fact name="Release">
            <Untrusted>{release}</Untrusted>
          </Fact>
        )}
        <Fact name="Host">
          <span title={visibleText(host)}>
            <Untrusted>{host.replace(/\/pid:.*$/, '')}</Untrusted>
          </span>
        </Fact>
        <Fact name="Process">{pid}</Fact>
        <Fact name="Started">
          <Ago at={startedAt} />
        </Fact>
      </dl>
      {jobs.length > 0 && (
        <ul aria-label="What it runs" className="divide-y divide-line border-t border-line">
          {jobs.map((job) => (
            <li key={job.id}>
              <Link
                href={`/jobs/${job.id}`}
                className="flex items-center gap-2 px-4 py-1.5 text-sm outline-offset-[-2px] hover:bg-hover"
              >
                <span className="min-w-0 flex-1 truncate">
                  <Untrusted>{`${job.class}.${job.method}`}</Untrusted>
                </span>
                <span className="text-xs text-muted">
                  attempt {job.attempt} · <Since at={job.startedAt} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function WorkerButtons({ worker: { id, status } }: { worker: WorkerRow }) {
  const refused = useRefusal()('workers.manage')
  const { run, tried, busy } = useCommand(['workers'])
  const path = `workers/${encodeURIComponent(id)}`
  const lost = status === 'lost' ? 'It does not answer any more: its jobs run elsewhere after its lease.' : undefined
  const stopping = status === 'stopping' ? 'It is stopping already.' : undefined
  const reason = refused ?? lost ?? stopping
  return (
    <>
      {status === 'quiet' ? (
        <Button
          size="small"
          icon="play"
          reason={reason}
          busy={busy !== undefined}
          onClick={() => run('POST', `${path}/resume`, `Worker ${id} was asked to claim again.`)}
        >
          Resume
        </Button>
      ) : (
        <Button
          size="small"
          icon="quiet"
          reason={reason}
          busy={busy !== undefined}
          onClick={() => run('POST', `${path}/quiet`, `Worker ${id} was asked to claim nothing more.`)}
        >
          Quiet
        </Button>
      )}
      <Button
        size="small"
        icon="stop"
        reason={reason}
        onClick={() =>
          openDialog({
            kind: 'confirm',
            title: 'Stop this worker?',
            text: `Worker ${id} claims nothing more, finishes what it can within its grace, gives the rest back, and ends. It is started again where it runs, not here.`,
            button: 'Stop',
            danger: true,
            onConfirm: () => tried('POST', `${path}/stop`, `Worker ${id} was asked to stop.`),
          })
        }
      >
        Stop
      </Button>
    </>
  )
}
