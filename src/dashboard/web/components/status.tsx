import type { JobStatus } from '../../../core/job.ts'
import { Icon, type IconName } from './icons.tsx'

export type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'off'

const TONES: Record<JobStatus, Tone> = {
  pending: 'wait',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  cancelled: 'off',
}

const SOFT: Record<Tone, string> = {
  good: 'bg-good-soft text-good',
  busy: 'bg-busy-soft text-busy',
  wait: 'bg-wait-soft text-wait',
  bad: 'bg-bad-soft text-bad',
  off: 'bg-off-soft text-off',
}

export const TONE_TEXT: Record<Tone, string> = {
  good: 'text-good',
  busy: 'text-busy',
  wait: 'text-wait',
  bad: 'text-bad',
  off: 'text-off',
}

export function toneOf(status: JobStatus): Tone {
  return TONES[status]
}

/** A status is told three times: by colour, by icon and by word. A running one turns. */
export function StatusBadge({ status, reason }: { status: JobStatus; reason?: string | null }) {
  return (
    <Badge tone={TONES[status]} icon={status} turning={status === 'running'}>
      {status}
      {reason && reason !== status && <span className="font-normal">· {reason.replaceAll('_', ' ')}</span>}
    </Badge>
  )
}

export interface BadgeProps {
  tone: Tone
  icon?: IconName
  turning?: boolean
  children: React.ReactNode
}

export function Badge({ tone, icon, turning = false, children }: BadgeProps) {
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-full py-px pr-2 ${icon ? 'pl-1' : 'pl-2'} text-xs font-medium whitespace-nowrap ${SOFT[tone]}`}
    >
      {icon && <Icon name={icon} className={`size-3.5 ${turning ? 'animate-[turn_1.2s_linear_infinite]' : ''}`} />}
      {children}
    </span>
  )
}
