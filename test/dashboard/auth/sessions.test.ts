import { describe, expect, test } from 'vitest'
import type { Identity } from '../../../src/dashboard/server/auth/identity.ts'
import { cookieName, readCookie, setCookie } from '../../../src/dashboard/server/auth/session-cookie.ts'
import { AuthFixture, accepted, codeOf } from './fixture.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('the cookie', () => {
  const http = { origin: { host: '127.0.0.1:8787', secure: false }, basePath: '/' }
  const https = { origin: { host: 'jobs.example.org', secure: true }, basePath: '/' }

  test('over HTTPS is for this host only, and for nothing but HTTPS', () => {
    expect(setCookie(https, 'abc', DAY)).toBe(
      '__Host-offstage=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure',
    )
  })

  test('over plain HTTP is for the path of the dashboard', () => {
    const mounted = { ...http, basePath: '/admin/jobs' }
    expect(setCookie(mounted, 'abc', DAY)).toBe(
      'offstage-8787-admin_jobs=abc; Path=/admin/jobs; Max-Age=86400; HttpOnly; SameSite=Lax',
    )
  })

  test('has a name of its own for each path and port, where browsers would mix them up', () => {
    const names = [
      http,
      https,
      { ...https, basePath: '/jobs' },
      { ...https, basePath: '/jobs/eu' },
      { ...http, origin: { host: '127.0.0.1:8788', secure: false } },
    ].map(cookieName)
    expect(new Set(names).size).toBe(names.length)
    expect(cookieName({ ...https, basePath: '/jobs/' })).toBe('__Host-offstage-jobs')
    for (const name of names) expect(name).toMatch(/^[\w-]+$/)
  })

  test.each([
    ['offstage-8787=abc', 'abc'],
    ['a=1; offstage-8787=abc; b=2', 'abc'],
    ['a=1;offstage-8787=abc', 'abc'],
    ['offstage=abc', undefined],
    ['__Host-offstage-8787=abc', undefined],
    ['xoffstage-8787=abc', undefined],
    ['offstage-8787=', undefined],
    ['offstage-8787', undefined],
    ['', undefined],
  ])('is read from "%s"', (cookie, value) => {
    expect(readCookie(new Headers({ cookie }), http)).toBe(value)
  })
})

describe('a session', () => {
  test('knows who it is from the cookie, of which only a hash is stored', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.user('operator')
    const { cookie, identity } = await fixture.signedIn(user)
    expect(identity).toMatchObject({ kind: 'user', id: user.id, name: user.name, role: 'operator' })
    const [stored] = await fixture.access.sessions()
    expect(stored).toMatchObject({ userId: user.id, address: '203.0.113.7', agent: 'Browser/1' })
    const value = cookie.split('=')[1] ?? ''
    expect(Buffer.from(value, 'base64url').length).toBe(32)
    expect(JSON.stringify(stored)).not.toContain(value)
    // What is stored is no way in.
    const name = cookie.split('=')[0]
    expect(codeOf(await fixture.who({ cookie: `${name}=${stored?.id}` }))).toBe('SIGN_IN_REQUIRED')
    expect(codeOf(await fixture.who({ cookie: `${name}=${'A'.repeat(43)}` }))).toBe('SIGN_IN_REQUIRED')
    expect(codeOf(await fixture.who({}))).toBe('SIGN_IN_REQUIRED')
  })

  test('goes on while it is used, and ends 12 hours after it was last', async () => {
    await using fixture = await AuthFixture.open()
    const { cookie } = await fixture.signedIn(await fixture.user('viewer'))
    for (let n = 0; n < 3; n += 1) {
      fixture.clock.advance(12 * HOUR - 1)
      expect(codeOf(await fixture.who({ cookie }))).toBeUndefined()
    }
    fixture.clock.advance(12 * HOUR)
    expect(codeOf(await fixture.who({ cookie }))).toBe('SIGN_IN_REQUIRED')
  })

  test('ends after 30 days however much it is used', async () => {
    await using fixture = await AuthFixture.open()
    const { cookie } = await fixture.signedIn(await fixture.user('viewer'))
    for (let n = 1; n < 60; n += 1) {
      fixture.clock.advance(12 * HOUR - 1)
      expect(codeOf(await fixture.who({ cookie }))).toBeUndefined()
    }
    fixture.clock.advance(12 * HOUR)
    expect(codeOf(await fixture.who({ cookie }))).toBe('SIGN_IN_REQUIRED')
  })

  test('ends as the config says', async () => {
    await using fixture = await AuthFixture.open({ sessions: { idleMs: 60_000, longestMs: 90_000 } })
    const { cookie } = await fixture.signedIn(await fixture.user('viewer'))
    fixture.clock.advance(59_999)
    expect(codeOf(await fixture.who({ cookie }))).toBeUndefined()
    fixture.clock.advance(30_001)
    expect(codeOf(await fixture.who({ cookie }))).toBe('SIGN_IN_REQUIRED')
  })

  test('is written to once a minute at most, however many requests come', async () => {
    await using fixture = await AuthFixture.open()
    const { cookie } = await fixture.signedIn(await fixture.user('viewer'))
    const seen = async () => (await fixture.access.sessions())[0]?.seenAt.getTime()
    const began = fixture.clock.now()
    fixture.clock.advance(59_999)
    await fixture.who({ cookie })
    expect(await seen()).toBe(began)
    fixture.clock.advance(1)
    await fixture.who({ cookie })
    expect(await seen()).toBe(began + 60_000)
  })

  test('ends by signing out, on the server too', async () => {
    await using fixture = await AuthFixture.open()
    const { cookie, identity } = await fixture.signedIn(await fixture.user('viewer'))
    const clearing = await fixture.auth.signIn.out(fixture.visit({ cookie }), identity)
    expect(clearing).toMatch(/^offstage-8787=; .*Max-Age=0/)
    expect(codeOf(await fixture.who({ cookie }))).toBe('SIGN_IN_REQUIRED')
    expect(await fixture.access.sessions()).toEqual([])
  })

  test('that a browser brings to sign-in is ended, not taken over', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.user('viewer')
    const { cookie: before } = await fixture.signedIn(user)
    const { cookie: after } = await fixture.signedIn(user, fixture.visit({ cookie: before }))
    expect(after).not.toBe(before)
    expect(codeOf(await fixture.who({ cookie: before }))).toBe('SIGN_IN_REQUIRED')
    expect(codeOf(await fixture.who({ cookie: after }))).toBeUndefined()
  })

  test('ends with its user: disabled, removed, or by hand', async () => {
    await using fixture = await AuthFixture.open()
    const admin = (await fixture.signedIn(await fixture.user('admin'))).identity
    const { users } = fixture.auth
    for (const end of [
      (id: string) => users.change(admin, id, { disabled: true }, ''),
      (id: string) => users.remove(admin, id, ''),
      (id: string) => users.endSessions(admin, id, ''),
      async (id: string) => users.endSession(admin, (await fixture.access.sessions(id))[0]?.id ?? '', ''),
    ]) {
      const user = await fixture.user('viewer')
      const { cookie } = await fixture.signedIn(user)
      accepted(await end(user.id))
      expect(codeOf(await fixture.who({ cookie }))).toBe('SIGN_IN_REQUIRED')
    }
    expect((await fixture.access.sessions()).length).toBe(1)
  })

  test('has the permissions that its user has now', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.user('operator')
    const { cookie } = await fixture.signedIn(user)
    await fixture.access.changeUser(user.id, { role: 'viewer' })
    expect((accepted(await fixture.who({ cookie })) as Identity).permissions).not.toContain('jobs.retry')
  })
})
