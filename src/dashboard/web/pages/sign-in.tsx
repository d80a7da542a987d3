import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import { cache } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Button } from '../components/button.tsx'
import { CliLine } from '../components/copy.tsx'
import { TextField } from '../components/fields.tsx'
import { Failure } from '../components/placeholders.tsx'
import { Frame } from '../sign-in/frame.tsx'
import { takeSecret } from '../sign-in/link-secret.ts'

/** By e-mail and password, or by a link that works once. */
export default function SignInPage() {
  const [link, setLink] = useState(() => takeSecret('link'))
  const [search] = useSearchParams()
  const [, navigate] = useLocation()
  useEffect(() => {
    document.title = 'Sign in · Offstage'
  }, [])
  const onSuccess = () => {
    cache.clear()
    navigate(safePath(search.get('then')), { replace: true })
  }
  return (
    <Frame title="Sign in">
      {link === undefined ? (
        <Password onSuccess={onSuccess} />
      ) : (
        <Link link={link} onSuccess={onSuccess} onPassword={() => setLink(undefined)} />
      )}
    </Frame>
  )
}

/** A page of this dashboard, and nothing else. */
function safePath(then: string | null): string {
  return then?.startsWith('/') && !then.startsWith('//') ? then : '/'
}

function Password({ onSuccess }: { onSuccess: () => void }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({ mutationFn: () => send('POST', 'sign-in', { email, password }), onSuccess })
  const [isMissing, setMissing] = useState(false)
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        setMissing(email === '' || password === '')
        if (email !== '' && password !== '') signIn.mutate()
      }}
    >
      <TextField
        label="E-mail"
        type="email"
        value={email}
        onChange={setEmail}
        autoComplete="username"
        autoFocus
        error={signIn.error?.body.field === 'email' ? signIn.error.message : undefined}
      />
      <TextField
        label="Password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        error={isMissing ? 'Type your e-mail address and your password.' : undefined}
      />
      {signIn.error && (
        <Failure
          what="You are not signed in"
          error={signIn.error}
          {...(signIn.error.code === 'SIGN_IN_FAILED' ? {} : { onRetry: () => signIn.mutate() })}
        />
      )}
      {/* Never greyed: a password manager fills the fields in without telling until the page is touched. */}
      <Button look="primary" type="submit" className="w-full" busy={signIn.isPending}>
        Sign in
      </Button>
      <div className="border-t border-line pt-4 text-xs text-muted">
        <p className="mb-2">
          No password yet, or forgotten? Whoever runs the server can make a link that signs you in once:
        </p>
        <CliLine command="npx offstage users link you@example.com" />
      </div>
    </form>
  )
}

/** Only a press uses the link up: a chat's preview that looks at it does not. */
function Link({ link, onSuccess, onPassword }: { link: string; onSuccess: () => void; onPassword: () => void }) {
  const signIn = useMutation({ mutationFn: () => send('POST', 'sign-in/link', { link }), onSuccess })
  // Trying it again would not make it good.
  const isSpent = signIn.error?.code === 'LINK_INVALID'
  return (
    <div className="space-y-4">
      <p className="text-sm text-muted">This link signs you in once, on this browser.</p>
      {signIn.error && (
        <Failure
          what="The link did not work"
          error={signIn.error}
          {...(isSpent ? {} : { onRetry: () => signIn.mutate() })}
        />
      )}
      {isSpent ? (
        <Button className="w-full" onClick={onPassword}>
          Sign in with a password
        </Button>
      ) : (
        <Button look="primary" className="w-full" busy={signIn.isPending} onClick={() => signIn.mutate()}>
          Sign in with this link
        </Button>
      )}
    </div>
  )
}
