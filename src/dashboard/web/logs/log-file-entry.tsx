import { Link } from 'wouter'
import type { LogFileEntry } from '../../api.ts'
import type { IconName } from '../components/icons.tsx'
import { Badge, type Tone } from '../components/status.tsx'
import { Untrusted, UntrustedLine } from '../components/untrusted.tsx'
import { absoluteTime, clockTime, exactTime, localDate } from '../format/time.ts'

const SEVERITIES: Record<LogFileEntry['severity'], { tone: Tone; icon: IconName; word: string }> = {
  INFO: { tone: 'off', icon: 'ok', word: 'info' },
  WARNING: { tone: 'wait', icon: 'warning', word: 'warning' },
  ERROR: { tone: 'bad', icon: 'failed', word: 'error' },
}
/** They have a place of their own in the line. */
const APART = new Set(['Id', 'Class', 'Method', 'Error'])

/** One line of a log file: when, how bad, what happened, to which job. */
export function LogFileEntryView({ entry }: { entry: LogFileEntry }) {
  const { at, severity, message, fields } = entry
  const { tone, icon, word } = SEVERITIES[severity]
  const time = Date.parse(at)
  const rest = Object.entries(fields).filter(([name]) => !APART.has(name))
  const name = [fields.Class, fields.Method].filter((part) => part !== undefined).join('.')
  return (
    <li
      data-row
      tabIndex={-1}
      className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 px-4 py-1.5 text-sm outline-offset-[-2px] hover:bg-hover sm:grid-cols-[9.5rem_6rem_minmax(0,1fr)]"
    >
      <time dateTime={at} title={exactTime(time)} className="text-xs leading-5 whitespace-nowrap text-muted">
        {localDate(time)} <span className="text-ink">{clockTime(time)}</span>
        <span className="sr-only"> {absoluteTime(time)}</span>
      </time>
      <span>
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
      </span>
      <div className="min-w-0 max-sm:col-span-2">
        <p className="flex flex-wrap items-baseline gap-x-3 wrap-anywhere">
          <span className="font-medium">
            <Untrusted>{message}</Untrusted>
          </span>
          {name !== '' && (
            <span className="text-muted">
              <Untrusted>{name}</Untrusted>
            </span>
          )}
          {rest.map(([field, value]) => (
            <span key={field} className="text-xs text-muted">
              {field}{' '}
              <span className="font-mono">
                <UntrustedLine text={inZone(value)} most={400} />
              </span>
            </span>
          ))}
          {fields.Id !== undefined && (
            <Link
              href={`/jobs/${encodeURIComponent(fields.Id)}`}
              data-open
              className="ml-auto font-mono text-xs whitespace-nowrap text-accent hover:underline"
            >
              <Untrusted>{fields.Id}</Untrusted>
            </Link>
          )}
        </p>
        {fields.Error !== undefined && (
          <p className="text-xs wrap-anywhere text-bad">
            <UntrustedLine text={fields.Error} most={1000} />
          </p>
        )}
      </div>
    </li>
  )
}

/** A moment as the files write it, in UTC, told in the zone of everything else on the page. */
function inZone(value: string): string {
  if (!/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?$/.test(value)) return value
  const time = Date.parse(`${value.replace(' ', 'T').replace(/Z$/, '')}Z`)
  return `${localDate(time)} ${clockTime(time)}`
}
