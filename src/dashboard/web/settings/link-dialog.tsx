import { useMutation } from '@tanstack/react-query'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { Dialog, DialogBody, DialogButtons } from '../components/dialog.tsx'
import { Failure } from '../components/placeholders.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { ShownOnce } from './shown-once.tsx'

/** A link that signs a user in once: for whoever has no password, or has forgotten it. */
export default function LinkDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const make = useMutation({
    mutationFn: () => send<{ link: string }>('POST', `users/${encodeURIComponent(id)}/link`),
  })
  return (
    <Dialog title="A link to sign in" onClose={onClose}>
      <DialogBody>
        <p className="text-sm text-muted">
          It signs in as{' '}
          <strong className="font-semibold text-ink">
            <Untrusted>{name}</Untrusted>
          </strong>
          , once, within 15 minutes. Nothing is sent: you pass it on.
        </p>
        {make.error && <Failure what="No link was made" error={make.error} onRetry={() => make.mutate()} />}
      </DialogBody>
      {make.data && <ShownOnce name="The link" value={make.data.link} />}
      <DialogButtons>
        <Button onClick={onClose}>Close</Button>
        {!make.data && (
          <Button look="primary" icon="link" busy={make.isPending} onClick={() => make.mutate()}>
            Make the link
          </Button>
        )}
      </DialogButtons>
    </Dialog>
  )
}
