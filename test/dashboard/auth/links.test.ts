import { describe, expect, test } from 'vitest'
import { FIRST_ADMIN, type Link, linkUrl } from '../../../src/dashboard/server/auth/links.ts'
import { AuthFixture, accepted, as, codeOf, PASSWORD } from './fixture.ts'

const MINUTE = 60_000
const DAY = 86_400_000

async function signInWith(fixture: AuthFixture, link: Pick<Link, 'secret'>) {
  return await fixture.auth.signIn.withLink(fixture.visit(), link.secret)
}

describe('the first start', () => {
  test('makes an admin, and a link that signs in as it, once', async () => {
    await using fixture = await AuthFixture.open()
    const link = (await fixture.auth.links.firstStart()) as Link
    expect(await fixture.access.users()).toMatchObject([{ email: FIRST_ADMIN, role: 'admin', password: null }])
    const { user, setCookie } = accepted(await signInWith(fixture, link))
    expect(user.email).toBe(FIRST_ADMIN)
    expect(accepted(await fixture.who({ cookie: setCookie.split(';')[0] ?? '' }))).toMatchObject({ role: 'admin' })
    expect(codeOf(await signInWith(fixture, link))).toBe('LINK_INVALID')
  })

  test('prints a link each time until somebody is in, and none after that', async () => {
    await using fixture = await AuthFixture.open()
    const { links } = fixture.auth
    const first = (await links.firstStart()) as Link
    const second = (await links.firstStart()) as Link
    expect(second.secret).not.toBe(first.secret)
    expect((await fixture.access.users()).length).toBe(1)
    accepted(await signInWith(fixture, second))
    expect(await links.firstStart()).toBeUndefined()
    const [admin] = await fixture.access.users()
    await fixture.access.endSessionsOf(admin?.id ?? '')
    expect(await links.firstStart()).toBeDefined()
    await fixture.access.changeUser(admin?.id ?? '', { password: 'scrypt$…' })
    expect(await links.firstStart()).toBeUndefined()
  })

  test('of several servers at once makes one admin, and each has a link', async () => {
    await using fixture = await AuthFixture.open()
    const links = await Promise.all([1, 2, 3].map(() => fixture.auth.links.firstStart()))
    expect((await fixture.access.users()).length).toBe(1)
    for (const link of links) expect(codeOf(await signInWith(fixture, link as Link))).toBeUndefined()
  })

  test('makes nobody an admin where there are users', async () => {
    await using fixture = await AuthFixture.open()
    await fixture.bare('admin')
    expect(await fixture.auth.links.firstStart()).toBeUndefined()
    await fixture.bare('viewer', { email: FIRST_ADMIN })
    expect(await fixture.auth.links.firstStart()).toBeUndefined()
    expect((await fixture.access.users()).length).toBe(2)
  })
})

describe('a link to sign in', () => {
  test('is good for 15 minutes', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.bare('viewer')
    const [one, two] = [await fixture.auth.links.toSignIn(user, 'cli'), await fixture.auth.links.toSignIn(user, 'cli')]
    fixture.clock.advance(15 * MINUTE - 1)
    expect(codeOf(await signInWith(fixture, one))).toBeUndefined()
    fixture.clock.advance(1)
    expect(codeOf(await signInWith(fixture, two))).toBe('LINK_INVALID')
  })

  test('has 256 random bits, of which a hash is stored; the hash is no link', async () => {
    await using fixture = await AuthFixture.open()
    const { secret } = await fixture.auth.links.toSignIn(await fixture.bare('viewer'), 'cli')
    expect(Buffer.from(secret, 'base64url').length).toBe(32)
    const [stored] = await fixture.access.invitations()
    expect(JSON.stringify(stored)).not.toContain(secret)
    for (const wrong of [stored?.hash, '', 'x', null, undefined, 12, { secret }, `${secret}x`, secret.slice(1)]) {
      expect(codeOf(await fixture.auth.signIn.withLink(fixture.visit(), wrong))).toBe('LINK_INVALID')
    }
    expect(codeOf(await signInWith(fixture, { secret }))).toBeUndefined()
  })

  test('that was used or has expired leaves a row when it is tried again; a guess leaves none', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.bare('viewer')
    const [used, late] = [
      await fixture.auth.links.toSignIn(user, 'cli'),
      await fixture.auth.links.toSignIn(user, 'cli'),
    ]
    accepted(await signInWith(fixture, used))
    fixture.clock.advance(15 * MINUTE)
    const before = (await fixture.told()).length
    await signInWith(fixture, { secret: 'A'.repeat(43) })
    for (const link of [used, late]) expect(codeOf(await signInWith(fixture, link))).toBe('LINK_INVALID')
    const row = `: sign-in ${user.email} LINK_INVALID`
    expect((await fixture.told()).slice(before)).toEqual([row, row])
    for (let n = 0; n < 50; n += 1) await signInWith(fixture, used)
    expect((await fixture.told()).length).toBeLessThan(before + 10)
  })

  test('is no invitation, and the other way round; neither is used up by the mistake', async () => {
    await using fixture = await AuthFixture.open()
    const signIn = await fixture.auth.links.toSignIn(await fixture.bare('viewer'), 'cli')
    const invite = await fixture.auth.links.toRegister('guest@example.org', 'viewer', 'cli')
    const given = { invite: signIn.secret, name: 'Guest', password: PASSWORD }
    expect(codeOf(await fixture.auth.signIn.register(fixture.visit(), given))).toBe('LINK_INVALID')
    expect(codeOf(await signInWith(fixture, invite))).toBe('LINK_INVALID')
    expect(codeOf(await signInWith(fixture, signIn))).toBeUndefined()
    expect(
      codeOf(await fixture.auth.signIn.register(fixture.visit(), { ...given, invite: invite.secret })),
    ).toBeUndefined()
  })

  test('is worth nothing once its user is disabled or removed', async () => {
    await using fixture = await AuthFixture.open()
    for (const end of ['disable', 'remove']) {
      const user = await fixture.bare('viewer')
      const link = await fixture.auth.links.toSignIn(user, 'cli')
      if (end === 'remove') await fixture.access.removeUser(user.id)
      else await fixture.access.changeUser(user.id, { disabledAt: new Date() })
      expect(codeOf(await signInWith(fixture, link))).toBe('LINK_INVALID')
    }
  })

  test('keeps its secret behind the #, where no server and no log sees it', async () => {
    await using fixture = await AuthFixture.open()
    const signIn = await fixture.auth.links.toSignIn(await fixture.bare('viewer'), 'cli')
    const invite = await fixture.auth.links.toRegister('guest@example.org', 'viewer', 'cli')
    const url = new URL(linkUrl('https://jobs.example.org/admin/', signIn))
    expect([url.pathname, url.search, url.hash]).toEqual(['/admin/sign-in', '', `#link=${signIn.secret}`])
    expect(linkUrl('http://127.0.0.1:8787', invite)).toBe(`http://127.0.0.1:8787/register#invite=${invite.secret}`)
  })
})

describe('an invitation', () => {
  const given = { name: ' Grace\u0000 Hopper ', password: PASSWORD }

  test('makes a user of the address and the role that it was made for, signed in', async () => {
    await using fixture = await AuthFixture.open()
    const admin = as(await fixture.bare('admin', { name: 'Ada' }))
    const request = { email: 'Grace@Example.org', role: 'operator' as const }
    const { secret } = accepted(await fixture.auth.users.invite(admin, request, '198.51.100.9'))
    const attempt = { ...given, invite: secret, role: 'admin', email: 'other@example.org' }
    const { user, setCookie } = accepted(await fixture.auth.signIn.register(fixture.visit(), attempt))
    expect(user).toMatchObject({ email: 'grace@example.org', name: 'Grace Hopper', role: 'operator' })
    expect(accepted(await fixture.who({ cookie: setCookie.split(';')[0] ?? '' }))).toMatchObject({ id: user.id })
    const again = await fixture.auth.signIn.withPassword(fixture.visit(), { email: user.email, password: PASSWORD })
    expect(codeOf(again)).toBeUndefined()
    expect(codeOf(await fixture.auth.signIn.register(fixture.visit(), attempt))).toBe('LINK_INVALID')
    expect((await fixture.told()).slice(0, 3)).toEqual([
      'Ada: users.invite grace@example.org ok',
      'Grace Hopper: users.register grace@example.org ok',
      'Grace Hopper: sign-in grace@example.org ok',
    ])
  })

  test('is not used up by a name or a password that will not do', async () => {
    await using fixture = await AuthFixture.open()
    const { secret } = await fixture.auth.links.toRegister('grace@example.org', 'viewer', 'cli')
    const register = (changed: Record<string, unknown>) =>
      fixture.auth.signIn.register(fixture.visit(), { ...given, invite: secret, ...changed })
    for (const [field, values] of [
      ['name', ['', ' \u0007 ', null, undefined, 12]],
      ['password', ['short', 'grace@example.org', 'password123', null, undefined, 12]],
    ] as const) {
      for (const value of values) {
        expect(await register({ [field]: value })).toMatchObject({ code: 'INVALID', detail: { field } })
      }
    }
    expect(codeOf(await register({}))).toBeUndefined()
  })

  test('is good for 7 days, and until the next one for the same address', async () => {
    await using fixture = await AuthFixture.open()
    const first = await fixture.auth.links.toRegister('grace@example.org', 'admin', 'cli')
    const second = await fixture.auth.links.toRegister('grace@example.org', 'viewer', 'cli')
    expect(codeOf(await fixture.auth.links.look('invite', first.secret))).toBe('LINK_INVALID')
    fixture.clock.advance(7 * DAY - 1)
    expect(accepted(await fixture.auth.links.look('invite', second.secret))).toMatchObject({ role: 'viewer' })
    fixture.clock.advance(1)
    expect(codeOf(await fixture.auth.links.look('invite', second.secret))).toBe('LINK_INVALID')
  })

  test.each([
    ['removed', async (fixture: AuthFixture, id: string) => void (await fixture.access.removeUser(id))],
    [
      'disabled',
      async (fixture: AuthFixture, id: string) =>
        void (await fixture.access.changeUser(id, { disabledAt: new Date() })),
    ],
    [
      'demoted',
      async (fixture: AuthFixture, id: string) => void (await fixture.access.changeUser(id, { role: 'operator' })),
    ],
  ])('lets nobody in once whoever made it was %s', async (_, end) => {
    await using fixture = await AuthFixture.open()
    await fixture.bare('admin')
    const admin = await fixture.bare('admin')
    const request = { email: 'grace@example.org', role: 'viewer' as const }
    const { secret } = accepted(await fixture.auth.users.invite(as(admin), request, ''))
    await end(fixture, admin.id)
    expect(codeOf(await fixture.auth.signIn.register(fixture.visit(), { ...given, invite: secret }))).toBe(
      'LINK_INVALID',
    )
  })

  test('can be withdrawn, and is not made for somebody who is there', async () => {
    await using fixture = await AuthFixture.open()
    const admin = await fixture.bare('admin')
    const invite = (email: string) => fixture.auth.users.invite(as(admin), { email, role: 'viewer' }, '')
    expect(codeOf(await invite(admin.email))).toBe('USER_EXISTS')
    expect(codeOf(await invite('nonsense'))).toBe('INVALID')
    const { secret, invitation } = accepted(await invite('grace@example.org'))
    expect(await fixture.auth.users.withdraw(as(admin), invitation.hash, '')).toBeUndefined()
    expect(codeOf(await fixture.auth.users.withdraw(as(admin), invitation.hash, ''))).toBe('NOT_FOUND')
    expect(codeOf(await fixture.auth.signIn.register(fixture.visit(), { ...given, invite: secret }))).toBe(
      'LINK_INVALID',
    )
  })

  test('of which two make use at once makes one user', async () => {
    await using fixture = await AuthFixture.open()
    const { secret } = await fixture.auth.links.toRegister('grace@example.org', 'viewer', 'cli')
    const results = await Promise.all(
      [1, 2, 3].map(() => fixture.auth.signIn.register(fixture.visit(), { ...given, invite: secret })),
    )
    expect(results.map(codeOf).filter((code) => code === undefined).length).toBe(1)
    expect((await fixture.access.users()).length).toBe(1)
  })
})
