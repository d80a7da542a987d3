import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { UserRow } from '../../api.ts'
import { ROLE_PERMISSIONS } from '../../server/auth/permissions.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { Dialog, DialogBody, DialogButtons } from '../components/dialog.tsx'
import { Failure } from '../components/placeholders.tsx'
import { Segmented } from '../components/segmented.tsx'
import { toast } from '../components/toasts.tsx'
import { PermissionChecks } from './permission-checks.tsx'

/** What a user may do: what the role says, or a list of their own. */
export default function PermissionsDialog({ user, onClose }: { user: UserRow; onClose: () => void }) {
  const { id, name, role, permissions } = user
  const ofRole = ROLE_PERMISSIONS[role]
  const [own, setOwn] = useState<readonly string[] | null>(permissions)
  const reason = useRefusal()('users.manage')
  const save = useMutation({
    mutationFn: () => send('PATCH', `users/${encodeURIComponent(id)}`, { permissions: own }),
    onSuccess: () => {
      refresh(['access'])
      toast({ tone: 'good', text: `What ${name} may do is changed.` })
      onClose()
    },
  })
  return (
    <Dialog title={`What ${name} may do`} onClose={onClose} wide>
      <DialogBody>
        <Segmented<'role' | 'own'>
          label="Permissions"
          value={own === null ? 'role' : 'own'}
          onChange={(value) => setOwn(value === 'role' ? null : (permissions ?? ofRole))}
          choices={[
            { value: 'role', name: `As the role ${role} says` },
            { value: 'own', name: 'A list of their own' },
          ]}
        />
        <PermissionChecks legend="May" chosen={own ?? ofRole} onChange={setOwn} fixed={own === null} />
        {save.error && <Failure what="Nothing was changed" error={save.error} onRetry={() => save.mutate()} />}
      </DialogBody>
      <DialogButtons>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" reason={reason} busy={save.isPending} onClick={() => save.mutate()}>
          Save
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
