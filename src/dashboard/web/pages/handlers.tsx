import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import type { HandlerRow } from '../../api.ts'
import { handlersQuery } from '../api/queries.ts'
import { Card } from '../components/card.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Head, Table } from '../components/table.tsx'
import { useWindow } from '../components/window-choice.tsx'
import { HandlerLine } from '../handlers/handler-line.tsx'
import { SORTS, type SortKey, sorted } from '../handlers/sorts.ts'
import { Page } from '../shell/page.tsx'

/** How each class and method does: how often, how long, and how often it fails. */
export default function HandlersPage() {
  const [since, choice] = useWindow('24h')
  const [search] = useSearchParams()
  const [sort, setSort] = useState<SortKey>('name')
  const [opened, setOpened] = useState<string | undefined>(search.get('open') ?? undefined)
  const { data, error, refetch, isFetching } = useQuery(handlersQuery(since))
  const rows = sorted(data?.handlers ?? [], sort)
  return (
    <Page
      title="Handlers"
      subtitle="Each class and method: how often it runs, how long jobs wait and take, and how many fail."
      actions={choice}
    >
      {error && (
        <div className="mb-4">
          <Failure what="The handlers could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      <Card label="Handlers">
        {rows.length > 0 ? (
          <Table label="Handlers">
            <Head columns={columns(sort, setSort)} />
            <tbody>
              {rows.map((handler) => {
                const name = nameOf(handler)
                const open = opened === name
                return (
                  <HandlerLine
                    key={name}
                    handler={handler}
                    since={since}
                    open={open}
                    onToggle={() => setOpened(open ? undefined : name)}
                  />
                )
              })}
            </tbody>
          </Table>
        ) : data ? (
          <Empty icon="handlers" title="No handler is known" command="npx offstage init">
            A handler is a method that the config allows. Start the dashboard with your offstage.config.ts.
          </Empty>
        ) : (
          !error && <SkeletonRows />
        )}
      </Card>
    </Page>
  )
}

function nameOf(handler: HandlerRow): string {
  return `${handler.class}.${handler.method}`
}

function columns(sort: SortKey, onSort: (key: SortKey) => void) {
  return SORTS.map(({ key, name, right, className }) => ({
    key,
    className,
    right,
    name: (
      <button
        type="button"
        onClick={() => onSort(key)}
        aria-pressed={key === sort}
        className="rounded font-medium hover:text-ink aria-pressed:text-ink"
      >
        {name}
        {key === sort && <span aria-hidden="true"> ↓</span>}
      </button>
    ),
  }))
}
