import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ROLES } from '../../../store/access.ts'
import { useRefusal } from '../access.ts'
import { refresh } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { invitationsQuery } from '../api/queries.ts'
import { useCommand } from '../api/use-command.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { SelectField, TextField } from '../components/fields.tsx'
import { Failure } from '../components/placeholders.tsx'
import { Ago } from '../components/time.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { ShownOnce } from './shown-once.tsx'

const MEANS = {
  viewer: 'sees everything but who did what, changes nothing',
  operator: 'can also enqueue, retry, cancel, delete and pause',
  admin: 'can do everything, users and settings too',
}

/** Who was invited and has not come yet, and a form to invite somebody. */
export function Invitations() {
  const refusal = useRefusal()
  const { data } = useQuery({ ...invitationsQuery, enabled: refusal('users.read') === undefined })
  const reason = refusal('users.manage')
  const { run } = useCommand(['access'])
  const [email, setEmail] = useState('')
  const [role, setRole] = useState('viewer')
  const invite = useMutation({
    mutationFn: () => send<{ link: string }>('POST', 'invitations', { email, role }),
    onSuccess: () => {
      setEmail('')
      refresh(['access'])
    },
  })
  const { error } = invite
  if (refusal('users.read') !== undefined) return null
  return (
    <Card title="Invitations">
      <form
        className="grid items-start gap-4 p-4 sm:grid-cols-[minmax(0,1fr)_12rem_auto]"
        onSubmit={(event) => {
          event.preventDefault()
          if (reason === undefined && email !== '') invite.mutate()
        }}
      >
        <TextField
          label="Invite by e-mail address"
          type="email"
          value={email}
          onChange={setEmail}
          placeholder="ada@example.com"
          hint="Nothing is sent: you get a link to give to them."
          error={error?.body.field === 'email' ? (error.body.reason ?? error.message) : undefined}
        />
        <SelectField
          label="Role"
          value={role}
          onChange={setRole}
          choices={ROLES.map((value) => ({ value, name: value }))}
          hint={MEANS[role as keyof typeof MEANS]}
        />
        <div className="sm:pt-6">
          <Button
            look="primary"
            type="submit"
            reason={reason ?? (email === '' ? 'Type an e-mail address.' : undefined)}
            busy={invite.isPending}
          >
            Make a link
          </Button>
        </div>
      </form>
      {error && error.body.field !== 'email' && (
        <div className="px-4 pb-4">
          <Failure what="Nobody was invited" error={error} onRetry={() => invite.mutate()} />
        </div>
      )}
      {invite.data && <ShownOnce name="The link to register, good once and for 7 days" value={invite.data.link} />}
      {data && data.invitations.length > 0 && (
        <ul className="divide-y divide-line border-t border-line">
          {data.invitations.map((invitation) => (
            <li key={invitation.hash} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 text-sm">
              <span className="min-w-0 flex-1 basis-48 truncate font-medium">
                <Untrusted>{invitation.email}</Untrusted>
              </span>
              <span className="text-muted">{invitation.role}</span>
              <span className="text-muted">
                ends <Ago at={invitation.expiresAt} />
              </span>
              <Button
                size="small"
                reason={reason}
                onClick={() => run('DELETE', `invitations/${invitation.hash}`, 'The invitation is withdrawn.')}
              >
                Withdraw
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
