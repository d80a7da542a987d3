import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { TextField } from '../components/fields.tsx'
import { Failure } from '../components/placeholders.tsx'
import { toast } from '../components/toasts.tsx'

/** One's own password. */
export function Password() {
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const change = useMutation({
    mutationFn: () => send('PUT', 'me/password', { current, password }),
    onSuccess: () => {
      for (const set of [setCurrent, setPassword, setAgain]) set('')
      toast({ tone: 'good', text: 'The password is changed. All other sessions of yours have ended.' })
    },
  })
  const { error } = change
  const wrong = (field: string) => (error?.body.field === field ? (error.body.reason ?? error.message) : undefined)
  const different = again !== '' && again !== password ? 'It is not the same as above.' : undefined
  const missing = password === '' || again === '' ? 'Type the new password twice.' : different
  return (
    <Card title="Password">
      <form
        className="max-w-md space-y-4 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!missing) change.mutate()
        }}
      >
        <TextField
          label="Current password"
          type="password"
          autoComplete="current-password"
          hint="Leave it empty when you have none yet."
          value={current}
          onChange={setCurrent}
          error={wrong('current')}
        />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          error={wrong('password')}
        />
        <TextField
          label="New password again"
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          error={different}
        />
        {error && !error.body.field && (
          <Failure what="The password is as it was" error={error} onRetry={() => change.mutate()} />
        )}
        <Button look="primary" type="submit" reason={missing} busy={change.isPending}>
          Change the password
        </Button>
      </form>
    </Card>
  )
}
