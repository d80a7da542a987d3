import { Link } from 'wouter'
import type { CauseRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { Button } from '../components/button.tsx'
import { Sparkline } from '../components/sparkline.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { counted, countText, numberText } from '../format/number.ts'
import { openDialog } from '../shell/opened-dialog.ts'

/** The failed jobs of a cause, as filter text. */
export function causeFilter(fingerprint: string): string {
  return `status:failed error:${fingerprint}`
}

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
          <Row key={cause.fingerprint}>
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
            </Cell>
            <Cell className="hidden text-muted sm:table-cell">
              <Ago at={cause.lastAt} />
            </Cell>
            <Cell right>
              {cause.jobs > 0 && (
                <Button
                  size="small"
                  icon="retry"
                  reason={refusal('jobs.retry')}
                  onClick={() => openDialog({ kind: 'bulk', action: 'retry', filter: causeFilter(cause.fingerprint) })}
                >
                  Retry {numberText(cause.jobs)}…
                </Button>
              )}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  )
}

function CauseName({ cause }: { cause: CauseRow }) {
  const { name, message, code, handlers, fingerprint, attempts } = cause
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
