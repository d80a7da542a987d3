import { Link } from 'wouter'
import type { ScheduleRow } from '../../api.ts'
import { Icon } from '../components/icons.tsx'
import { StatusBadge } from '../components/status.tsx'
import { Cell, Row } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { COLUMNS } from './columns.tsx'
import { cronWords } from './cron-words.ts'
import { ScheduleActions } from './schedule-actions.tsx'
import { ScheduleDetails } from './schedule-details.tsx'
import { ScheduleStateText } from './schedule-state.tsx'
import { SOURCES } from './sources.ts'

export interface ScheduleLineProps {
  schedule: ScheduleRow
  open: boolean
  onToggle: () => void
}

/** A schedule, and when it is open, all that is known of it. */
export function ScheduleLine({ schedule, open, onToggle }: ScheduleLineProps) {
  const { name, cron, timezone, lastJob } = schedule
  const words = cronWords(cron)
  const when = `${cron} · ${timezone}`
  return (
    <>
      <Row className={`align-top ${open ? 'border-b-0' : ''}`}>
        <Cell className="w-full max-w-0 min-w-32 lg:min-w-44">
          <button
            type="button"
            data-open
            aria-expanded={open}
            onClick={onToggle}
            className="flex w-full min-w-0 items-start gap-1.5 text-left font-medium"
          >
            <Icon name="right" className={`mt-1 size-3.5 text-faint transition-transform ${open ? 'rotate-90' : ''}`} />
            <span className={`wrap-anywhere ${open ? '' : 'line-clamp-2'}`} title={visibleText(name)}>
              <Untrusted>{name}</Untrusted>
            </span>
          </button>
          <span className="mt-0.5 block truncate pl-5 text-xs text-muted">
            <Untrusted>{`${schedule.class}.${schedule.method}`}</Untrusted>
          </span>
          <span className="mt-0.5 line-clamp-2 pl-5 text-xs text-muted md:hidden" title={words}>
            {words ?? <Cron schedule={schedule} />}
          </span>
        </Cell>
        <Cell className="hidden md:table-cell">
          {words && (
            <span className="mb-0.5 line-clamp-2 w-max max-w-44 lg:max-w-52" title={words}>
              {words}
            </span>
          )}
          <span className="block max-w-44 truncate text-xs leading-5 text-muted lg:max-w-52" title={visibleText(when)}>
            <Cron schedule={schedule} />
            {' · '}
            <Untrusted>{timezone}</Untrusted>
          </span>
        </Cell>
        <Cell>
          <ScheduleStateText schedule={schedule} />
          {lastJob?.status === 'failed' && (
            <span className="mt-1 block sm:hidden">
              <StatusBadge status="failed" />
            </span>
          )}
        </Cell>
        <Cell className="hidden sm:table-cell">
          <LastJob schedule={schedule} />
        </Cell>
        <Cell className="hidden whitespace-nowrap lg:table-cell">
          <span className="text-xs text-muted">{SOURCES[schedule.source]}</span>
        </Cell>
        <Cell right>
          <ScheduleActions schedule={schedule} />
        </Cell>
      </Row>
      {open && (
        <tr className="border-b border-line last:border-0">
          <td colSpan={COLUMNS.length} className="p-0">
            <ScheduleDetails schedule={schedule} onRemoved={onToggle} />
          </td>
        </tr>
      )}
    </>
  )
}

function Cron({ schedule: { cron } }: { schedule: ScheduleRow }) {
  return (
    <span className="font-mono">
      <Untrusted>{cron}</Untrusted>
    </span>
  )
}

function LastJob({ schedule: { lastJob, lastAt } }: { schedule: ScheduleRow }) {
  if (lastAt === null) return <span className="text-xs whitespace-nowrap text-muted">none yet</span>
  if (lastJob === null) {
    return (
      <span className="text-xs text-muted">
        not kept, <Ago at={lastAt} />
      </span>
    )
  }
  const { id, status, reason, errorLine } = lastJob
  return (
    <>
      <span className="flex items-center gap-2 whitespace-nowrap">
        <Link href={`/jobs/${id}`} className="rounded-full hover:opacity-80">
          <StatusBadge status={status} reason={reason} />
        </Link>
        <span className="text-xs text-muted">
          <Ago at={lastAt} />
        </span>
      </span>
      {errorLine !== null && (
        <span className="mt-0.5 block max-w-40 truncate text-xs text-muted xl:max-w-48">
          <UntrustedLine text={errorLine} />
        </span>
      )}
    </>
  )
}
