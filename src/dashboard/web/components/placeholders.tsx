import type { ApiFailure } from '../api/client.ts'
import { Button } from './button.tsx'
import { CliLine } from './copy.tsx'
import { Icon, type IconName } from './icons.tsx'
import { Untrusted } from './untrusted.tsx'

export interface EmptyProps {
  icon?: IconName
  title: string
  children?: React.ReactNode
  /** The exact command that does what to do next. */
  command?: string
}

/** Nothing is here: why, and what to do next. */
export function Empty({ icon = 'idle', title, children, command }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <span className="grid size-10 place-items-center rounded-full bg-sunken text-muted">
        <Icon name={icon} className="size-5" />
      </span>
      <p className="mt-1 font-semibold">{title}</p>
      {children && <div className="w-full max-w-md text-sm text-muted">{children}</div>}
      {command && (
        <div className="mt-2 max-w-full">
          <CliLine command={command} />
        </div>
      )}
    </div>
  )
}

export interface FailureProps {
  /** What was tried, as in "The jobs could not be loaded". */
  what: string
  error: ApiFailure
  /** Left out where trying again cannot help. */
  onRetry?: () => void
  retrying?: boolean
}

/** What failed, and Try again. */
export function Failure({ what, error, onRetry, retrying = false }: FailureProps) {
  return (
    <div role="alert" className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-bad-soft px-4 py-3 text-sm">
      <Icon name="failed" className="size-4 text-bad" />
      <p className="min-w-0 flex-1 basis-60 wrap-anywhere">
        <strong className="font-semibold text-bad">{what}.</strong> <Untrusted>{error.message}</Untrusted>{' '}
        <span className="text-xs text-muted">{error.code}</span>
      </p>
      {onRetry && (
        <Button size="small" icon="retry" busy={retrying} onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

const WIDTHS = ['w-3/4', 'w-1/2', 'w-2/3', 'w-5/6', 'w-3/5']

/** Where rows will be. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="divide-y divide-line">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={row} className="flex items-center gap-4 px-4 py-3.5">
          <div className="skeleton h-4 w-20" />
          <div className={`skeleton h-4 ${WIDTHS[row % WIDTHS.length]}`} />
        </div>
      ))}
    </div>
  )
}
