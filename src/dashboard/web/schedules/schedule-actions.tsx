import { useMutation } from '@tanstack/react-query'
import type { Enqueued } from '../../../core/job.ts'
import type { ScheduleRow } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { useCommand } from '../api/use-command.ts'
import { Button } from '../components/button.tsx'
import { toast } from '../components/toasts.tsx'
import { openDialog } from '../shell/opened-dialog.ts'

const TOPICS = ['schedules', 'jobs']

/** What is done often. On a narrow screen, by icons. */
export function ScheduleActions({ schedule }: { schedule: ScheduleRow }) {
  const { name, state, runnable } = schedule
  const refused = useRefusal()('schedules.manage')
  const { run, busy } = useCommand(TOPICS)
  const runNow = useMutation({
    mutationFn: () => send<Enqueued>('POST', `${pathOf(schedule)}/run`),
    onSuccess: ({ id, status }) => {
      const link = { href: `/jobs/${id}`, text: 'Open the job' }
      if (status === 'created') toast({ tone: 'good', text: `A job of ${name} is enqueued.`, link })
      else toast({ tone: 'wait', text: 'Nothing was enqueued: another job has its unique key.', link })
    },
    onError: ({ message }) => toast({ tone: 'bad', text: `That did not work. ${message}` }),
    onSettled: () => refresh(TOPICS),
  })
  const notHere = runnable
    ? undefined
    : `The config beside this dashboard does not allow ${schedule.class}.${schedule.method}.`
  const paused = state === 'paused'
  return (
    <span className="inline-flex gap-1.5">
      <Button
        size="small"
        icon="forward"
        label="Run now"
        reason={refused ?? notHere}
        busy={runNow.isPending}
        onClick={() => runNow.mutate()}
      >
        <Word>Run now</Word>
      </Button>
      <Button
        size="small"
        icon={paused ? 'play' : 'pause'}
        label={paused ? 'Resume' : 'Pause'}
        reason={refused}
        busy={busy !== undefined}
        onClick={() =>
          paused
            ? run('POST', `${pathOf(schedule)}/resume`, `Schedule ${name} goes on with its next slot.`)
            : openDialog({ kind: 'pause', what: 'schedule', name })
        }
      >
        <Word>{paused ? 'Resume' : 'Pause'}</Word>
      </Button>
    </span>
  )
}

const IN_CONFIG = 'It is in the config, which would store it again: take it out there, or pause it.'

/** What is done once. */
export function RemoveSchedule({ schedule, onRemoved }: { schedule: ScheduleRow; onRemoved: () => void }) {
  const { name, source } = schedule
  const refused = useRefusal()('schedules.manage')
  const { tried } = useCommand(TOPICS)
  const again = source === 'other-config' ? ' A worker whose config has it stores it again when it starts.' : ''
  return (
    <Button
      size="small"
      icon="delete"
      reason={refused ?? (source === 'config' ? IN_CONFIG : undefined)}
      onClick={() =>
        openDialog({
          kind: 'confirm',
          title: `Remove ${name}?`,
          text: `It enqueues no more jobs. Those that it has enqueued stay.${again}`,
          button: 'Remove',
          danger: true,
          onConfirm: async () => {
            await tried('DELETE', pathOf(schedule), `Schedule ${name} is removed.`)
            onRemoved()
          },
        })
      }
    >
      Remove
    </Button>
  )
}

function pathOf({ name }: ScheduleRow): string {
  return `schedules/${encodeURIComponent(name)}`
}

function Word({ children }: { children: React.ReactNode }) {
  return <span className="hidden lg:inline">{children}</span>
}
