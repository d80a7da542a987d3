import type { CauseRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { useCommand } from '../api/use-command.ts'
import { Menu } from '../components/menu.tsx'
import { openDialog } from '../shell/opened-dialog.ts'
import { causeFilter } from './cause-filter.ts'

const SPANS = [
  { name: 'Mute for an hour', hours: 1 },
  { name: 'Mute for a day', hours: 24 },
  { name: 'Mute for a week', hours: 168 },
  { name: 'Mute until unmuted', hours: null },
] as const

/** What can be done about a cause besides running its jobs again. */
export default function CauseMenu({ cause }: { cause: CauseRow }) {
  const { fingerprint, name, jobs, muted } = cause
  const refusal = useRefusal()
  const { run } = useCommand(['jobs', 'queues'])
  const path = `causes/${encodeURIComponent(fingerprint)}`
  const reason = refusal('causes.mute')
  const mute = SPANS.map(({ name: span, hours }) => ({
    name: span,
    icon: 'quiet' as const,
    reason,
    onSelect: () => run('POST', `${path}/mute`, 'Muted: no verdict speaks of it.', { hours }),
  }))
  const unmute = {
    name: 'Unmute',
    icon: 'flag' as const,
    reason,
    onSelect: () => run('POST', `${path}/unmute`, 'It speaks again.'),
  }
  return (
    <Menu
      label={`More for ${name}`}
      entries={[
        ...(muted === null ? mute : [unmute]),
        {
          name: 'Delete its failed jobs…',
          icon: 'delete',
          danger: true,
          reason: refusal('jobs.delete') ?? (jobs === 0 ? 'It has failed no job for good.' : undefined),
          onSelect: () => openDialog({ kind: 'bulk', action: 'delete', filter: causeFilter(fingerprint) }),
        },
      ]}
    />
  )
}
