import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'wouter'
import { logFileQuery } from '../api/queries.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { FIELD, Select } from '../components/fields.tsx'
import { Empty, Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Segmented } from '../components/segmented.tsx'
import { LogFileEntryView } from '../logs/log-file-entry.tsx'
import { Page } from '../shell/page.tsx'

const SEVERITIES = [
  { value: '', name: 'every severity' },
  { value: 'WARNING,ERROR', name: 'warnings and errors' },
  { value: 'ERROR', name: 'errors' },
]
const FILES = [
  { value: 'main', name: 'All steps' },
  { value: 'errors', name: 'Errors' },
] as const

/** Both log files as one view: every step of every job, or only what went wrong, as it is written. */
export default function LogsPage() {
  const [search, setSearch] = useSearchParams()
  const file = search.get('file') === 'errors' ? 'errors' : 'main'
  const read = (name: string) => search.get(name) ?? ''
  const filter = {
    file,
    severity: read('severity'),
    class: read('class'),
    job: read('job'),
    text: read('text'),
  } as const
  const set = (change: Record<string, string>) => {
    const next = Object.entries({ ...filter, ...change }).filter(([, value]) => value !== '')
    setSearch(Object.fromEntries(next), { replace: true })
  }
  const query = useInfiniteQuery(logFileQuery(filter))
  const { data, error, refetch, isFetching, hasNextPage, fetchNextPage, isFetchingNextPage } = query
  const entries = data?.pages.flatMap((page) => page.entries) ?? []
  const files = data?.pages[0]?.files
  return (
    <Page
      title="Logs"
      subtitle={
        files ? (
          <>
            From <code className="font-mono text-xs wrap-anywhere">{file === 'main' ? files.main : files.errors}</code>,
            the newest first, as it is written.
          </>
        ) : (
          'Every step of every job, the newest first.'
        )
      }
    >
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <Segmented label="File" value={file} onChange={(next) => set({ file: next })} choices={FILES} />
        <div className="w-44">
          <Select
            aria-label="Severity"
            value={filter.severity}
            onChange={(severity) => set({ severity })}
            choices={SEVERITIES}
          />
        </div>
        <Word label="Class" value={filter.class} onChange={(value) => set({ class: value })} />
        <Word label="Job id" value={filter.job} onChange={(value) => set({ job: value })} />
        <Word label="Text in the line" value={filter.text} onChange={(value) => set({ text: value })} first />
      </div>
      {error && (
        <div className="mb-3">
          <Failure what="The log could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
        </div>
      )}
      <Card label="Log lines">
        {entries.length > 0 ? (
          <ol className="divide-y divide-line">
            {entries.map((entry, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two lines can be the same, and both stand there
              <LogFileEntryView key={`${entry.at} ${entry.fields.Id ?? ''} ${index}`} entry={entry} />
            ))}
          </ol>
        ) : data ? (
          <Empty icon="logs" title="No line matches" command="npx offstage start">
            Workers write here what happens to each job.
          </Empty>
        ) : (
          !error && <SkeletonRows rows={12} />
        )}
      </Card>
      {hasNextPage && (
        <div className="mt-3 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => fetchNextPage()}>
            {entries.length === 0 ? 'Look further back' : 'Older lines'}
          </Button>
        </div>
      )}
    </Page>
  )
}

interface WordProps {
  label: string
  value: string
  onChange: (value: string) => void
  /** What the key `/` leads to. */
  first?: boolean
}

const TYPING_MS = 300

/** A text that filters, a moment after the last key. */
function Word({ label, value, onChange, first = false }: WordProps) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text.trim()), TYPING_MS)
    return () => clearTimeout(timer)
  })
  return (
    <input
      aria-label={label}
      placeholder={label}
      value={text}
      spellCheck={false}
      data-filter={first ? '' : undefined}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      className={`${FIELD} h-8 basis-36 text-sm ${first ? 'flex-1' : 'max-w-44'}`}
    />
  )
}
