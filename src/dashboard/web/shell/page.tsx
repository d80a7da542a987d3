import { useEffect } from 'react'
import { Icon } from '../components/icons.tsx'
import { visibleText } from '../format/hidden.ts'
import { LiveIndicator } from './live-indicator.tsx'
import { openDialog } from './opened-dialog.ts'

export interface PageProps {
  title: string
  /** Instead of the title as the heading. */
  heading?: React.ReactNode
  subtitle?: React.ReactNode
  actions?: React.ReactNode
  children: React.ReactNode
}

/** A page: its heading, whether it is live, what can be done, and what is in it. */
export function Page({ title, heading, subtitle, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${visibleText(title)} · Offstage`
  }, [title])
  return (
    <>
      <header className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-40">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere">{heading ?? title}</h1>
          {subtitle && <div className="mt-0.5 text-sm text-muted">{subtitle}</div>}
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <span className="mr-2 hidden md:inline">
            <LiveIndicator />
          </span>
          <button
            type="button"
            onClick={() => openDialog({ kind: 'palette' })}
            className="hidden h-8 items-center gap-2 rounded-md border border-line-strong bg-surface pr-1.5 pl-2.5 text-sm text-muted hover:bg-hover md:inline-flex"
          >
            <Icon name="search" className="size-3.5" />
            <span className="sr-only">Search and commands</span>
            <span className="key" aria-hidden="true">
              Ctrl K
            </span>
          </button>
          {actions}
        </div>
      </header>
      {children}
    </>
  )
}
