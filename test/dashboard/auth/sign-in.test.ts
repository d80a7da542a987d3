import { describe, expect, test } from 'vitest'
import { Passwords } from '../../../src/dashboard/server/auth/password.ts'
import { Refused } from '../../../src/dashboard/server/auth/refused.ts'
import { AuthFixture, accepted, CHEAP, codeOf, PASSWORD } from './fixture.ts'

describe('signing in with a password', () => {
  test('works with the right one, however the email is written', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.user('viewer')
    for (const email of [user.email, ` ${user.email.toUpperCase()} `]) {
      const signedIn = accepted(await fixture.auth.signIn.withPassword(fixture.visit(), { email, password: PASSWORD }))
      expect(signedIn.user.id).toBe(user.id)
    }
    expect(await fixture.told()).toEqual([
      `${user.name}: sign-in ${user.email} ok`,
      `${user.name}: sign-in ${user.email} ok`,
    ])
  })

  test('says the same of a wrong password, an unknown, a disabled and a user without one', async () => {
    await using fixture = await AuthFixture.open()
    const [user, bare] = [await fixture.user('viewer'), await fixture.bare('viewer')]
    const disabled = await fixture.user('viewer', { disabledAt: new Date() })
    const tries = [
      { email: user.email, password: `${PASSWORD}!` },
      { email: 'nobody@example.org', password: PASSWORD },
      { email: disabled.email, password: PASSWORD },
      { email: bare.email, password: PASSWORD },
      { email: bare.email, password: '' },
      { email: 'not an email', password: PASSWORD },
      { email: 12, password: null },
      { email: undefined, password: undefined },
    ]
    for (const given of tries) {
      const refused = await fixture.auth.signIn.withPassword(fixture.visit(), given)
      expect(refused).toEqual(new Refused('SIGN_IN_FAILED', 'the email address or the password is wrong'))
    }
    expect(await fixture.access.sessions()).toEqual([])
    expect(await fixture.told()).toEqual([
      `${user.name}: sign-in ${user.email} SIGN_IN_FAILED`,
      ': sign-in nobody@example.org SIGN_IN_FAILED',
      `${disabled.name}: sign-in ${disabled.email} SIGN_IN_FAILED`,
      `User: sign-in ${bare.email} SIGN_IN_FAILED`,
      `User: sign-in ${bare.email} SIGN_IN_FAILED`,
    ])
  })

  test('is slowed down after some failures, and says when to try again', async () => {
    await using fixture = await AuthFixture.open()
    const { email } = await fixture.user('admin')
    const tryIt = (password: string) => fixture.auth.signIn.withPassword(fixture.visit(), { email, password })
    for (let n = 0; n < 5; n += 1) expect(codeOf(await tryIt('wrong'))).toBe('SIGN_IN_FAILED')
    const refused = (await tryIt(PASSWORD)) as Refused
    expect([refused.code, refused.status, refused.detail]).toEqual(['TOO_MANY_ATTEMPTS', 429, { retryAfterMs: 1_000 }])
    expect(codeOf(await tryIt(PASSWORD))).toBe('TOO_MANY_ATTEMPTS')
    fixture.clock.advance(1_000)
    expect(codeOf(await tryIt(PASSWORD))).toBeUndefined()
    const results = (await fixture.told()).map((line) => line.split(' ').at(-1))
    expect(results).toEqual([...Array.from({ length: 5 }, () => 'SIGN_IN_FAILED'), 'TOO_MANY_ATTEMPTS', 'ok'])
  })

  test('is refused while very many passwords are being hashed', async () => {
    await using fixture = await AuthFixture.open()
    const { email } = await fixture.user('viewer')
    const slow = new Passwords({ ...CHEAP, ln: 12 })
    const hashing = Array.from({ length: 26 }, () => slow.hash('correct horse'))
    const refused = await fixture.auth.signIn.withPassword(fixture.visit(), { email, password: PASSWORD })
    expect(codeOf(refused)).toBe('TOO_MANY_ATTEMPTS')
    await Promise.all(hashing)
    expect(
      codeOf(await fixture.auth.signIn.withPassword(fixture.visit(), { email, password: PASSWORD })),
    ).toBeUndefined()
  })

  test('stores the password anew when it was hashed at a lower cost', async () => {
    await using fixture = await AuthFixture.open({ passwordCost: { ...CHEAP, ln: 6 } })
    const user = await fixture.user('viewer', { password: await new Passwords(CHEAP).hash(PASSWORD) })
    const { cookie } = await fixture.signedIn(user)
    const stored = (await fixture.access.userById(user.id))?.password
    expect(stored).toMatch(/^scrypt\$ln=6,/)
    const again = await fixture.signedIn(user)
    expect((await fixture.access.userById(user.id))?.password).toBe(stored)
    for (const each of [cookie, again.cookie]) expect(codeOf(await fixture.who({ cookie: each }))).toBeUndefined()
  })
})

describe('changing the password', () => {
  const NEXT = 'another sentence of words'

  test('needs the current one, and ends all other sessions', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.user('viewer')
    const [mine, other] = [await fixture.signedIn(user), await fixture.signedIn(user)]
    const change = (given: { current: unknown; password: unknown }) =>
      fixture.auth.signIn.changePassword(fixture.visit(), mine.identity, given)
    expect(await change({ current: 'wrong', password: NEXT })).toMatchObject({
      code: 'INVALID',
      detail: { field: 'current' },
    })
    expect(codeOf(await change({ current: undefined, password: NEXT }))).toBe('INVALID')
    expect(await change({ current: PASSWORD, password: 'short' })).toMatchObject({ detail: { field: 'password' } })
    expect(codeOf(await change({ current: PASSWORD, password: undefined }))).toBe('INVALID')
    expect(codeOf(await fixture.who({ cookie: other.cookie }))).toBeUndefined()

    expect(await change({ current: PASSWORD, password: NEXT })).toBeUndefined()
    expect(codeOf(await fixture.who({ cookie: other.cookie }))).toBe('SIGN_IN_REQUIRED')
    expect(codeOf(await fixture.who({ cookie: mine.cookie }))).toBeUndefined()
    const signIn = (password: string) =>
      fixture.auth.signIn.withPassword(fixture.visit(), { email: user.email, password })
    expect(codeOf(await signIn(PASSWORD))).toBe('SIGN_IN_FAILED')
    expect(codeOf(await signIn(NEXT))).toBeUndefined()
  })

  test('is no place to guess the current one', async () => {
    await using fixture = await AuthFixture.open()
    const { identity } = await fixture.signedIn(await fixture.user('viewer'))
    const change = (current: string) =>
      fixture.auth.signIn.changePassword(fixture.visit(), identity, { current, password: NEXT })
    for (let n = 0; n < 5; n += 1) expect(codeOf(await change('wrong'))).toBe('INVALID')
    expect(codeOf(await change(PASSWORD))).toBe('TOO_MANY_ATTEMPTS')
  })

  test('needs none from whoever has none yet, and is for sessions only', async () => {
    await using fixture = await AuthFixture.open()
    const bare = await fixture.bare('admin')
    const link = await fixture.auth.links.toSignIn(bare, 'cli')
    const { setCookie } = accepted(await fixture.auth.signIn.withLink(fixture.visit(), link.secret))
    const identity = accepted(await fixture.who({ cookie: setCookie.split(';')[0] ?? '' }))
    const given = { current: undefined, password: NEXT }
    expect(await fixture.auth.signIn.changePassword(fixture.visit(), identity as never, given)).toBeUndefined()
    const token = accepted(
      await fixture.auth.tokens.create(identity as never, { name: 'ci', scopes: ['jobs.read'], expiresInDays: 1 }, ''),
    )
    const byToken = accepted(await fixture.who({ authorization: `Bearer ${token.text}` }))
    expect(codeOf(await fixture.auth.signIn.changePassword(fixture.visit(), byToken as never, given))).toBe('FORBIDDEN')
  })
})
