import { JOB_STATUSES, type JobStatus } from '../../../core/job.ts'
import type { StatusCounts } from '../../api.ts'
import { Icon } from '../components/icons.tsx'
import { useShownTab } from '../components/shown-tab.ts'
import { TONE_TEXT, toneOf } from '../components/status.tsx'
import { countText } from '../format/number.ts'

export interface StatusTabsProps {
  counts: StatusCounts | undefined
  /** The one status of the filter, or undefined when there is none or there are several. */
  chosen: JobStatus | undefined
  onChange: (status: JobStatus | undefined) => void
}

/** All five statuses with their counts, whatever the filter says beside. */
export function StatusTabs({ counts, chosen, onChange }: StatusTabsProps) {
  const tabs = useShownTab<HTMLFieldSetElement>(chosen)
  return (
    <fieldset ref={tabs} aria-label="Status" className="-mx-1 flex min-w-0 gap-1 overflow-x-auto px-1 py-1">
      <TabButton pressed={chosen === undefined} onClick={() => onChange(undefined)}>
        All
      </TabButton>
      {JOB_STATUSES.map((status) => (
        <TabButton key={status} pressed={chosen === status} onClick={() => onChange(status)}>
          <Icon name={status} className={`size-3.5 ${TONE_TEXT[toneOf(status)]}`} />
          {status}
          <span className="min-w-4 text-xs font-normal text-muted">{counts ? countText(counts[status]) : ' '}</span>
        </TabButton>
      ))}
    </fieldset>
  )
}

interface TabButtonProps {
  pressed: boolean
  onClick: () => void
  children: React.ReactNode
}

function TabButton({ pressed, onClick, children }: TabButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onClick}
      className="inline-flex h-8 items-center gap-1.5 rounded-md px-2.5 text-sm font-medium whitespace-nowrap text-muted hover:bg-hover aria-pressed:bg-surface aria-pressed:text-ink aria-pressed:shadow-[0_0_0_1px_var(--line-strong)]"
    >
      {children}
    </button>
  )
}
