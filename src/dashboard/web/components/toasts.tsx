import { createValue, useValue } from '../live/value.ts'
import { Icon, type IconName } from './icons.tsx'
import { TONE_TEXT, type Tone } from './status.tsx'
import { Untrusted } from './untrusted.tsx'

export interface Toast {
  tone: Tone
  text: string
  /** Where to look at what happened. */
  link?: { href: string; text: string }
}

const ICONS: Record<Tone, IconName> = {
  good: 'completed',
  busy: 'running',
  wait: 'warning',
  bad: 'failed',
  off: 'cancelled',
}
const SHOWN_MS = 7000
const MOST = 3

const shown = createValue<readonly (Toast & { key: number })[]>([])
let keys = 0

/** Tells what has just happened, for some seconds, in a corner; screen readers read it. */
export function toast(message: Toast): void {
  keys += 1
  const key = keys
  shown.set([...shown.get(), { ...message, key }].slice(-MOST))
  setTimeout(() => dismiss(key), SHOWN_MS)
}

function dismiss(key: number): void {
  shown.set(shown.get().filter((each) => each.key !== key))
}

export function Toasts({ renderLink }: { renderLink: (link: { href: string; text: string }) => React.ReactNode }) {
  const toasts = useValue(shown)
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-3 bottom-20 z-50 flex flex-col items-end gap-2 md:right-5 md:bottom-5 md:left-auto"
    >
      {toasts.map(({ key, tone, text, link }) => (
        <div
          key={key}
          className="pointer-events-auto flex max-w-md animate-[arrive_0.18s_ease-out] items-start gap-2.5 rounded-lg bg-raised py-2.5 pr-2 pl-3 text-sm shadow-raised"
        >
          <Icon name={ICONS[tone]} className={`mt-0.5 size-4 ${TONE_TEXT[tone]}`} />
          <p className="min-w-0 wrap-anywhere">
            <Untrusted>{text}</Untrusted> {link && renderLink(link)}
          </p>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => dismiss(key)}
            className="rounded p-0.5 text-muted hover:text-ink"
          >
            <Icon name="close" className="size-3.5" />
          </button>
        </div>
      ))}
    </div>
  )
}
