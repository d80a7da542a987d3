import { Link } from 'wouter'
import { JOB_STATUSES } from '../../../core/job.ts'
import type { StatusCounts } from '../../api.ts'
import { Icon } from '../components/icons.tsx'
import { TONE_TEXT, toneOf } from '../components/status.tsx'
import { countText } from '../format/number.ts'

/** How many jobs stand in each status, each a way to them. */
export function StatusCards({ counts }: { counts: StatusCounts }) {
  return (
    <ul aria-label="Jobs by status" className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      {JOB_STATUSES.map((status) => {
        const { count, more } = counts[status]
        return (
          <li key={status} className="last:max-sm:col-span-2">
            <Link
              href={`/jobs?filter=${encodeURIComponent(`status:${status}`)}`}
              className="block rounded-xl border border-line bg-surface px-4 py-3 transition-colors hover:border-line-strong hover:bg-hover"
            >
              <span className={`flex items-center gap-1.5 text-xs font-medium ${TONE_TEXT[toneOf(status)]}`}>
                <Icon name={status} className="size-3.5" /> {status}
              </span>
              <span
                className={`mt-1 block text-2xl font-semibold tracking-tight ${count === 0 ? 'text-faint' : status === 'failed' ? 'text-bad' : ''}`}
              >
                {countText({ count, more })}
              </span>
            </Link>
          </li>
        )
      })}
    </ul>
  )
}
