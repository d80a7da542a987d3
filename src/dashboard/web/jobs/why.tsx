import { Link } from 'wouter'
import type { JobRow, JobView } from '../../api.ts'
import { Icon } from '../components/icons.tsx'
import { type Tone, toneOf } from '../components/status.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { WithCode } from '../components/with-code.tsx'

const EDGES: Record<Tone, string> = {
  good: 'border-l-good-fill',
  busy: 'border-l-busy-fill',
  wait: 'border-l-wait-fill',
  bad: 'border-l-bad-fill',
  off: 'border-l-off-fill',
}

export interface WhyProps {
  why: JobView['why']
  job: JobRow
  fingerprint: string | null
}

/** Why it waits, runs or failed, and what to do about it. */
export function Why({ why, job, fingerprint }: WhyProps) {
  return (
    <section
      aria-label="Why"
      className={`rounded-xl border border-l-4 border-line bg-surface px-4 py-3 ${EDGES[toneOf(job.status)]}`}
    >
      <p className="font-semibold wrap-anywhere">
        <Untrusted>{why.text}</Untrusted>
      </p>
      {why.remedy !== null && (
        <p className="mt-0.5 text-sm wrap-anywhere text-muted">
          <WithCode>{why.remedy}</WithCode>
        </p>
      )}
      {fingerprint !== null && (
        <Link
          href={`/causes/${fingerprint}`}
          className="mt-1.5 inline-flex items-center gap-1 text-sm font-medium text-accent hover:underline"
        >
          <Icon name="causes" className="size-3.5" /> The cause, and what else failed by it
        </Link>
      )}
    </section>
  )
}
