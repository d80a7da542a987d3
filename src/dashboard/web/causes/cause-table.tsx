import { Link } from 'wouter'
import type { CauseRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { Button } from '../components/button.tsx'
import { Sparkline } from '../components/sparkline.tsx'
import { Badge } from '../components/status.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { counted, countText, numberText } from '../format/number.ts'
import { openDialog } from '../shell/opened-dialog.ts'
import { causeFilter } from './cause-filter.ts'
import { CauseMore } from './cause-more.tsx'

const COLUMNS = [
  { key: 'cause', name: 'Cause' },
  { key: 'trend', name: 'Trend', className: 'hidden sm:table-cell' },
  { key: 'attempts', name: 'Failures', right: true, className: 'hidden md:table-cell' },
  { key: 'jobs', name: 'Jobs failed', right: true, className: 'hidden md:table-cell' },
  { key: 'first', name: 'First', className: 'hidden lg:table-cell' },
  { key: 'last', name: 'Last', className: 'hidden sm:table-cell' },
  { key: 'act', name: <span className="sr-only">Actions</span> },
]

/** Failures grouped by what caused them. */
export function CauseTable({ causes, label }: { causes: readonly CauseRow[]; label: string }) {
  const refusal = useRefusal()
  return (
    <Table label={label}>
      <Head columns={COLUMNS} />
      <tbody>
        {causes.map((cause) => (
          <Row key={cause.fingerprint} className={cause.muted === null ? '' : 'bg-sunken/60'}>
            <Cell className="w-full max-w-0 min-w-52">
              <CauseName cause={cause} />
            </Cell>
            <Cell className="hidden sm:table-cell">
              <Sparkline
                values={cause.trend}
                label={`${countText(cause.attempts)} failures, the newest at the right: ${cause.trend.join(', ')}`}
              />
            </Cell>
            <Cell right className="hidden md:table-cell">
              {countText(cause.attempts)}
            </Cell>
            <Cell right className="hidden font-semibold md:table-cell">
              {numberText(cause.jobs)}
            </Cell>
            <Cell className="hidden text-muted lg:table-cell">
              <Ago at={cause.firstAt} />
              {cause.firstRelease !== null && (
                <span className="block max-w-32 truncate font-mono text-xs" title={visibleText(cause.firstRelease)}>
                  <UntrustedLine text={cause.firstRelease} />
                </span>
              )}
            </Cell>
            <Cell className="hidden text-muted sm:table-cell">
              <Ago at={cause.lastAt} />
            </Cell>
            <Cell right className="whitespace-nowrap">
              <span className="inline-flex items-center gap-1.5">
                {cause.jobs > 0 && (
                  <Button
                    size="small"
                    icon="retry"
                    reason={refusal('jobs.retry')}
                    onClick={() =>
                      openDialog({ kind: 'bulk', action: 'retry', filter: causeFilter(cause.fingerprint) })
                    }
                  >
                    Retry {numberText(cause.jobs)}…
                  </Button>
                )}
                {/* On a phone its page has it: the text needs the room. */}
                <span className="max-sm:hidden">
                  <CauseMore cause={cause} />
                </span>
              </span>
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  )
}

function CauseName({ cause }: { cause: CauseRow }) {
  const { name, message, code, handlers, fingerprint, attempts, muted } = cause
  return (
    <>
      <Link
        href={`/causes/${fingerprint}`}
        data-open
        className="line-clamp-2 font-medium wrap-anywhere hover:underline"
      >
        <span className="font-mono text-xs font-semibold text-bad">
          <Untrusted>{code ?? name}</Untrusted>
        </span>{' '}
        <UntrustedLine text={message} />
      </Link>
      {muted && (
        <span className="mt-0.5 block">
          <MutedBadge muted={muted} />
        </span>
      )}
      <p className="mt-0.5 truncate text-xs text-muted">
        <Untrusted>{handlers.map((handler) => `${handler.class}.${handler.method}`).join(', ')}</Untrusted>
        <span className="md:hidden">
          {' '}
          · {counted(attempts, 'failure')} · <Ago at={cause.lastAt} />
        </span>
      </p>
    </>
  )
}

/** Somebody knows of it: by whom, and until when. */
export function MutedBadge({ muted }: { muted: NonNullable<CauseRow['muted']> }) {
  return (
    <Badge tone="off" icon="quiet">
      <span>
        muted by <UntrustedLine text={muted.by} />
        {muted.until !== null && (
          <>
            , ends <Ago at={muted.until} />
          </>
        )}
      </span>
    </Badge>
  )
}
