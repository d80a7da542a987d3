import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { cache } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { TextField } from '../components/fields.tsx'
import { Empty, Failure } from '../components/placeholders.tsx'
import { Frame } from '../sign-in/frame.tsx'
import { takeSecret } from '../sign-in/link-secret.ts'

/** For whoever was invited: a name and a password. */
export default function RegisterPage() {
  const [invite] = useState(() => takeSecret('invite'))
  useEffect(() => {
    document.title = 'Register · Offstage'
  }, [])
  return (
    <Frame title="Register">
      {invite === undefined ? (
        <Empty icon="lock" title="An invitation is needed">
          Open the link that you were sent. An admin makes one under Settings. <Link href="/sign-in">Sign in</Link>
        </Empty>
      ) : (
        <Registration invite={invite} />
      )}
    </Frame>
  )
}

function Registration({ invite }: { invite: string }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [, navigate] = useLocation()
  const register = useMutation({
    mutationFn: () => send('POST', 'register', { invite, name, password }),
    onSuccess: () => {
      cache.clear()
      navigate('/', { replace: true })
    },
  })
  const { error } = register
  const wrong = (field: string) => (error?.body.field === field ? (error.body.reason ?? error.message) : undefined)
  const missing = name.trim() === '' || password === '' ? 'Type your name and a password.' : undefined
  const different = again !== '' && again !== password ? 'It is not the same as above.' : undefined
  const unsure = again === '' ? 'Type the password a second time.' : different
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!missing && !unsure) register.mutate()
      }}
    >
      <TextField label="Name" value={name} onChange={setName} autoComplete="name" autoFocus error={wrong('name')} />
      <TextField
        label="Password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="new-password"
        hint="Long is better than complicated: some words, for instance."
        error={wrong('password')}
      />
      <TextField
        label="Password again"
        type="password"
        value={again}
        onChange={setAgain}
        autoComplete="new-password"
        error={different}
      />
      {error && !error.body.field && (
        <Failure what="You are not registered" error={error} onRetry={() => register.mutate()} />
      )}
      <Button look="primary" type="submit" className="w-full" reason={missing ?? unsure} busy={register.isPending}>
        Register
      </Button>
    </form>
  )
}
