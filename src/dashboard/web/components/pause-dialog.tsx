import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { shellWord } from '../../../core/filter-text.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Button } from './button.tsx'
import { CliLine } from './copy.tsx'
import { Dialog, DialogBody, DialogButtons } from './dialog.tsx'
import { TextField } from './fields.tsx'
import { Failure } from './placeholders.tsx'
import { toast } from './toasts.tsx'

/** What can be paused. */
export type Pausable = 'queue' | 'schedule'

const PAUSES = {
  queue: {
    permission: 'queues.pause',
    topics: ['queues', 'jobs'],
    means: 'What runs ends as usual, what comes waits, and nothing more is started.',
    hint: 'Shown with the queue and with every job that waits in it.',
    done: (name: string) => `Queue ${name} is paused: what runs ends, nothing more is started.`,
    fault: 'The queue goes on',
  },
  schedule: {
    permission: 'schedules.manage',
    topics: ['schedules'],
    means: 'Its jobs go on as usual. No more are enqueued: slots that come meanwhile are left out.',
    hint: 'Shown with the schedule.',
    done: (name: string) => `Schedule ${name} is paused: it enqueues nothing until it is resumed.`,
    fault: 'The schedule goes on',
  },
} as const

/** Pauses something, and asks why: whoever comes after would like to know. */
export default function PauseDialog({ what, name, onClose }: { what: Pausable; name: string; onClose: () => void }) {
  const [why, setWhy] = useState('')
  const { permission, topics, means, hint, done, fault } = PAUSES[what]
  const reason = useRefusal()(permission)
  const pause = useMutation({
    mutationFn: () =>
      send('POST', `${what}s/${encodeURIComponent(name)}/pause`, why.trim() === '' ? {} : { reason: why.trim() }),
    onSuccess: () => {
      refresh(topics)
      toast({ tone: 'good', text: done(name) })
      onClose()
    },
  })
  const error = pause.error?.body.field === 'reason' ? pause.error.message : undefined
  return (
    <Dialog title={`Pause ${name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!reason) pause.mutate()
        }}
      >
        <DialogBody>
          <p className="text-sm text-muted">{means}</p>
          <TextField
            label="Reason"
            optional
            value={why}
            onChange={setWhy}
            hint={hint}
            autoComplete="off"
            autoFocus
            error={error}
          />
          <CliLine
            command={`npx offstage ${what}s pause ${shellWord(name)}${why.trim() === '' ? '' : ` --reason ${shellWord(why.trim())}`}`}
          />
          {pause.error && error === undefined && (
            <Failure what={fault} error={pause.error} onRetry={() => pause.mutate()} />
          )}
        </DialogBody>
        <DialogButtons>
          <Button onClick={onClose}>Keep it going</Button>
          <Button look="primary" type="submit" icon="pause" reason={reason} busy={pause.isPending}>
            Pause the {what}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
