import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { OperationView } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { CliLine } from '../components/copy.tsx'
import { Dialog, DialogBody, DialogButtons } from '../components/dialog.tsx'
import { TextField } from '../components/fields.tsx'
import { Failure } from '../components/placeholders.tsx'
import { toast } from '../components/toasts.tsx'

const WORD = 'clear'

/** Removes all jobs that do not run. The word has to be typed: nobody does this by a slip. */
export default function ClearDialog({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const reason = useRefusal()('jobs.clear')
  const clear = useMutation({
    mutationFn: () => send<OperationView>('POST', 'jobs/clear', { confirm: WORD }),
    onSuccess: () => {
      refresh('everything')
      toast({ tone: 'busy', text: 'Clearing has begun.', link: { href: '/activity', text: 'Follow it' } })
      onClose()
    },
  })
  const missing = typed === WORD ? undefined : `Type the word ${WORD} first.`
  return (
    <Dialog title="Clear data" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!missing && !reason) clear.mutate()
        }}
      >
        <DialogBody>
          <p className="text-sm text-muted">
            Removes <strong className="font-semibold text-ink">every job that is not running</strong>: the waiting, the
            completed, the failed and the cancelled ones, with their attempts and logs. This cannot be undone.
          </p>
          <TextField
            label={`Type “${WORD}” to confirm`}
            value={typed}
            onChange={setTyped}
            autoComplete="off"
            autoFocus
          />
          <CliLine command="npx offstage jobs clear" />
          {clear.error && <Failure what="Nothing was cleared" error={clear.error} onRetry={() => clear.mutate()} />}
        </DialogBody>
        <DialogButtons>
          <Button onClick={onClose}>Keep everything</Button>
          <Button look="danger" type="submit" icon="delete" reason={reason ?? missing} busy={clear.isPending}>
            Clear data
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
