import { useState } from 'react'
import type { AttemptView, JobRow, LogEntry } from '../../api.ts'
import { apiUrl } from '../api/client.ts'
import { Card } from '../components/card.tsx'
import { Select } from '../components/fields.tsx'
import { Icon } from '../components/icons.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Badge } from '../components/status.tsx'
import { counted } from '../format/number.ts'
import { LogLines } from './log-lines.tsx'
import { useJobLog } from './use-job-log.ts'

const LEVELS: readonly LogEntry['severity'][] = ['debug', 'info', 'warning', 'error']

/** What an attempt logged; while it runs, as it comes. */
export function JobLog({ job, attempts }: { job: JobRow; attempts: readonly AttemptView[] }) {
  const newest = Math.max(1, job.attempt)
  const [chosen, setChosen] = useState<number | undefined>()
  const attempt = chosen ?? newest
  const [least, setLeast] = useState<LogEntry['severity']>('debug')
  const running = job.status === 'running' && attempt === newest
  const { lines, live, loading, error, retry } = useJobLog(job.id, attempt, running)
  const shown = lines
    .map((entry, index) => ({ ...entry, number: index + 1 }))
    .filter(({ severity }) => LEVELS.indexOf(severity) >= LEVELS.indexOf(least))

  return (
    <Card
      title="Log"
      aside={
        <>
          {live && (
            <Badge tone="good" icon="running" turning>
              live
            </Badge>
          )}
          <span className="text-xs text-muted">{counted(shown.length, 'line')}</span>
          {attempts.length > 1 && (
            <Select
              aria-label="Attempt"
              small
              value={String(attempt)}
              onChange={(value) => setChosen(Number(value))}
              choices={attempts.map((each) => ({ value: String(each.attempt), name: `attempt ${each.attempt}` }))}
            />
          )}
          <Select
            aria-label="Level"
            small
            value={least}
            onChange={(value) => setLeast(LEVELS.find((level) => level === value) ?? 'debug')}
            choices={LEVELS.map((level) => ({
              value: level,
              name: level === 'debug' ? 'all levels' : `${level} and up`,
            }))}
          />
          <a
            href={apiUrl(`jobs/${job.id}/log.txt`, { attempt })}
            download
            aria-label="Download the log"
            title="Download the log"
            className="grid size-7 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
          >
            <Icon name="download" />
          </a>
        </>
      }
    >
      {error ? (
        <div className="p-4">
          <Failure what="The log could not be loaded" error={error} onRetry={retry} />
        </div>
      ) : loading ? (
        <SkeletonRows rows={3} />
      ) : shown.length === 0 ? (
        <Empty icon="logs" title={lines.length === 0 ? 'Nothing was logged' : 'No line of that level'}>
          What the job prints with console, or with currentJob().log, stands here.
        </Empty>
      ) : (
        <LogLines lines={shown} live={live} />
      )}
    </Card>
  )
}
