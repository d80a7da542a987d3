import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { shellWord } from '../../../core/filter-text.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { CliLine } from '../components/copy.tsx'
import { Dialog, DialogBody, DialogButtons } from '../components/dialog.tsx'
import { TextField } from '../components/fields.tsx'
import { Failure } from '../components/placeholders.tsx'
import { toast } from '../components/toasts.tsx'

/** Pauses a queue, and asks why: whoever comes after would like to know. */
export default function PauseDialog({ queue, onClose }: { queue: string; onClose: () => void }) {
  const [why, setWhy] = useState('')
  const reason = useRefusal()('queues.pause')
  const pause = useMutation({
    mutationFn: () =>
      send('POST', `queues/${encodeURIComponent(queue)}/pause`, why.trim() === '' ? {} : { reason: why.trim() }),
    onSuccess: () => {
      refresh(['queues', 'jobs'])
      toast({ tone: 'good', text: `Queue ${queue} is paused: what runs ends, nothing more is started.` })
      onClose()
    },
  })
  const error = pause.error?.body.field === 'reason' ? pause.error.message : undefined
  return (
    <Dialog title={`Pause ${queue}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!reason) pause.mutate()
        }}
      >
        <DialogBody>
          <p className="text-sm text-muted">What runs ends as usual, what comes waits, and nothing more is started.</p>
          <TextField
            label="Reason"
            optional
            value={why}
            onChange={setWhy}
            hint="Shown with the queue and with every job that waits in it."
            autoComplete="off"
            autoFocus
            error={error}
          />
          <CliLine
            command={`npx offstage queues pause ${shellWord(queue)}${why.trim() === '' ? '' : ` --reason ${shellWord(why.trim())}`}`}
          />
          {pause.error && error === undefined && (
            <Failure what="The queue goes on" error={pause.error} onRetry={() => pause.mutate()} />
          )}
        </DialogBody>
        <DialogButtons>
          <Button onClick={onClose}>Keep it going</Button>
          <Button look="primary" type="submit" icon="pause" reason={reason} busy={pause.isPending}>
            Pause the queue
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
