import { useMutation } from '@tanstack/react-query'
import { Button } from './button.tsx'
import { Dialog, DialogBody, DialogButtons } from './dialog.tsx'
import { Failure } from './placeholders.tsx'
import { Untrusted } from './untrusted.tsx'

export interface ConfirmProps {
  title: string
  text: string
  /** The word on the button: what it does. */
  button: string
  danger?: boolean
  onConfirm: () => Promise<unknown>
  onClose: () => void
}

/** Asks before something that cannot be undone. */
export default function ConfirmDialog({ title, text, button, danger = false, onConfirm, onClose }: ConfirmProps) {
  const { mutate, error, isPending } = useMutation({ mutationFn: onConfirm, onSuccess: onClose })
  return (
    <Dialog title={title} onClose={onClose}>
      <DialogBody>
        <p className="text-sm wrap-anywhere text-muted">
          <Untrusted>{text}</Untrusted>
        </p>
        {error && <Failure what={`${button} did not work`} error={error} onRetry={() => mutate()} />}
      </DialogBody>
      <DialogButtons>
        <Button onClick={onClose}>Keep as it is</Button>
        <Button look={danger ? 'danger' : 'primary'} busy={isPending} onClick={() => mutate()}>
          {button}
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
