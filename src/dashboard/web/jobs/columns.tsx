import type { JobRow } from '../../api.ts'
import { Ago } from '../components/time.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { argumentLine } from '../format/json.ts'
import { priorityText } from '../format/number.ts'
import { durationText } from '../format/time.ts'

export interface Column {
  key: string
  name: string
  right?: boolean
  /** Shown unless somebody has chosen. */
  usual?: boolean
  cell: (job: JobRow) => React.ReactNode
}

/** What a table of jobs can show beside status and handler, which are always there. */
export const COLUMNS: readonly Column[] = [
  {
    key: 'args',
    name: 'Parameters',
    usual: true,
    cell: ({ args }) => (
      <span
        className="block max-w-64 truncate font-mono text-xs text-muted"
        title={visibleText(argumentLine(args, 400))}
      >
        <UntrustedLine text={argumentLine(args, 200)} />
      </span>
    ),
  },
  { key: 'attempts', name: 'Attempts', usual: true, cell: (job) => attemptsText(job) },
  { key: 'priority', name: 'Priority', usual: true, cell: ({ priority }) => priorityText(priority) },
  {
    key: 'queue',
    name: 'Queue',
    usual: true,
    cell: ({ queue }) => (
      <span className="block max-w-40 truncate">
        <Untrusted>{queue}</Untrusted>
      </span>
    ),
  },
  { key: 'created', name: 'Created', usual: true, cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { key: 'due', name: 'Due', cell: ({ runAt }) => <Ago at={runAt} /> },
  { key: 'started', name: 'Started', cell: ({ startedAt }) => startedAt && <Ago at={startedAt} /> },
  { key: 'finished', name: 'Finished', usual: true, cell: ({ finishedAt }) => finishedAt && <Ago at={finishedAt} /> },
  { key: 'duration', name: 'Duration', right: true, cell: (job) => durationOf(job) },
  {
    key: 'tags',
    name: 'Tags',
    cell: ({ tags }) => (
      <span className="block max-w-40 truncate">
        <Untrusted>{tags.join(', ')}</Untrusted>
      </span>
    ),
  },
  { key: 'id', name: 'Id', cell: ({ id }) => <span className="font-mono text-xs">{id}</span> },
]

/** `2 of 4`. */
export function attemptsText({ attempt, maxAttempts }: Pick<JobRow, 'attempt' | 'maxAttempts'>): string {
  return `${attempt} of ${maxAttempts}`
}

function durationOf({ startedAt, finishedAt }: JobRow): string {
  if (startedAt === null || finishedAt === null) return ''
  return durationText(Date.parse(finishedAt) - Date.parse(startedAt))
}

const STORED = 'offstage-columns'

/** Which columns somebody wants to see, from their last visit. */
export function storedColumns(): string[] {
  const usual = COLUMNS.filter((column) => column.usual).map(({ key }) => key)
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? 'null')
    if (!Array.isArray(stored)) return usual
    return COLUMNS.filter(({ key }) => stored.includes(key)).map(({ key }) => key)
  } catch {
    return usual
  }
}

export function storeColumns(keys: readonly string[]): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(keys))
  } catch {
    // Storage is off: the choice holds until the page is closed.
  }
}
