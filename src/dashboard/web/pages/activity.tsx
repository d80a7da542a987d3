import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'wouter'
import type { OperationView } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { activityQuery, operationsQuery } from '../api/queries.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Badge } from '../components/status.tsx'
import { Cell, Head, Row, Table } from '../components/table.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { jsonLine } from '../format/json.ts'
import { ACTIONS } from '../jobs/actions.ts'
import { OperationProgress } from '../jobs/operation-progress.tsx'
import { Page } from '../shell/page.tsx'

/** Who did what, and the bulk operations with how far they are. */
export default function ActivityPage() {
  const reason = useRefusal()('audit.read')
  return (
    <Page title="Activity" subtitle="Bulk operations, and who did what, from where.">
      <div className="space-y-5">
        <Operations />
        {reason === undefined ? (
          <Audit />
        ) : (
          <Card title="Audit log">
            <Empty icon="lock" title="Who did what is not for everybody">
              {reason}
            </Empty>
          </Card>
        )}
      </div>
    </Page>
  )
}

function Operations() {
  const { data, error, refetch, isFetching } = useQuery(operationsQuery)
  return (
    <Card title="Bulk operations">
      {error ? (
        <div className="p-4">
          <Failure what="The operations could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      ) : !data ? (
        <SkeletonRows rows={2} />
      ) : data.operations.length === 0 ? (
        <Empty icon="flag" title="No bulk operation yet" command="npx offstage jobs retry status:failed">
          Retry, cancel or delete all that match a filter: from Jobs, from a cause, or on the command line.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {data.operations.map((operation) => (
            <li
              key={operation.id}
              className="grid gap-x-6 gap-y-2 px-4 py-3 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]"
            >
              <OperationName operation={operation} />
              <OperationProgress operation={operation} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function OperationName({ operation: { action, filter, actorName, startedAt } }: { operation: OperationView }) {
  return (
    <div className="min-w-0 text-sm">
      <p className="font-medium">
        {action === 'clear' ? 'Clear data' : `${ACTIONS[action].name} all that match`}{' '}
        <Link
          href={`/jobs?filter=${encodeURIComponent(filter)}`}
          className="font-mono text-xs font-normal wrap-anywhere text-accent hover:underline"
        >
          <Untrusted>{filter}</Untrusted>
        </Link>
      </p>
      <p className="mt-0.5 text-xs text-muted">
        <Untrusted>{actorName}</Untrusted> · <Ago at={startedAt} />
      </p>
    </div>
  )
}

const COLUMNS = [
  { key: 'at', name: 'When' },
  { key: 'actor', name: 'Who' },
  { key: 'action', name: 'What' },
  { key: 'target', name: 'To what', className: 'hidden sm:table-cell' },
  { key: 'detail', name: 'Details', className: 'hidden lg:table-cell' },
  { key: 'address', name: 'From', className: 'hidden md:table-cell' },
]
const FILTERS = ['actor', 'action', 'target'] as const

function Audit() {
  const [search, setSearch] = useSearchParams()
  const read = (name: string) => search.get(name) ?? ''
  const filter = { actor: read('actor'), action: read('action'), target: read('target') }
  const query = useInfiniteQuery(activityQuery(filter))
  const { data, error, refetch, isFetching, hasNextPage, fetchNextPage, isFetchingNextPage } = query
  const entries = data?.pages.flatMap((page) => page.entries) ?? []
  const set = (name: string, value: string) => {
    const next = Object.entries({ ...filter, [name]: value }).filter(([, each]) => each !== '')
    setSearch(Object.fromEntries(next), { replace: true })
  }
  const chosen = FILTERS.filter((name) => filter[name] !== '')
  return (
    <Card
      title="Audit log"
      aside={
        <>
          {chosen.map((name) => (
            <Button key={name} size="small" icon="close" onClick={() => set(name, '')}>
              {name}: {filter[name].slice(0, 40)}
            </Button>
          ))}
          {chosen.length === 0 && (
            <span className="text-xs text-muted">press a name, an action or a target to see only that</span>
          )}
        </>
      }
    >
      {error && (
        <div className="p-4">
          <Failure what="The audit log could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      {entries.length > 0 ? (
        <Table label="Audit log">
          <Head columns={COLUMNS} />
          <tbody>
            {entries.map((entry) => (
              <Row key={entry.seq}>
                <Cell className="text-muted">
                  <Ago at={entry.at} />
                </Cell>
                <Cell className="whitespace-nowrap">
                  <FilterLink onClick={() => set('actor', entry.actor)}>
                    <Untrusted>{entry.actorName}</Untrusted>
                  </FilterLink>
                </Cell>
                <Cell className="whitespace-nowrap">
                  <FilterLink onClick={() => set('action', entry.action)}>
                    <span className="font-mono text-xs">
                      <UntrustedLine text={entry.action} />
                    </span>
                  </FilterLink>{' '}
                  {entry.result !== 'ok' && (
                    <Badge tone="bad" icon="failed">
                      <UntrustedLine text={entry.result} />
                    </Badge>
                  )}
                  <span className="block max-w-44 truncate font-mono text-xs text-muted sm:hidden">
                    <UntrustedLine text={entry.target} />
                  </span>
                </Cell>
                <Cell className="hidden w-full max-w-0 min-w-40 sm:table-cell">
                  <FilterLink onClick={() => set('target', entry.target)} className="block truncate font-mono text-xs">
                    <UntrustedLine text={entry.target} />
                  </FilterLink>
                </Cell>
                <Cell className="hidden max-w-72 lg:table-cell">
                  <span
                    className="block truncate font-mono text-xs text-muted"
                    title={visibleText(detailText(entry.detail))}
                  >
                    <UntrustedLine text={detailText(entry.detail)} />
                  </span>
                </Cell>
                <Cell className="hidden font-mono text-xs whitespace-nowrap text-muted md:table-cell">
                  <UntrustedLine text={entry.address} />
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      ) : data ? (
        <Empty icon="activity" title="Nothing has been done yet">
          Every sign-in and every action stands here: who, what, to what, and from where.
        </Empty>
      ) : (
        !error && <SkeletonRows />
      )}
      {hasNextPage && (
        <div className="flex justify-center border-t border-line py-2">
          <Button look="ghost" busy={isFetchingNextPage} onClick={() => fetchNextPage()}>
            Older
          </Button>
        </div>
      )}
    </Card>
  )
}

function detailText(detail: unknown): string {
  return detail === null || detail === undefined ? '' : jsonLine(detail, 400)
}

interface FilterLinkProps {
  onClick: () => void
  className?: string
  children: React.ReactNode
}

function FilterLink({ onClick, className = '', children }: FilterLinkProps) {
  return (
    <button type="button" onClick={onClick} className={`max-w-full text-left hover:underline ${className}`}>
      {children}
    </button>
  )
}
