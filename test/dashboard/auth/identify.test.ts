import { describe, expect, test } from 'vitest'
import type { AppUser } from '../../../src/dashboard/server/auth/identify.ts'
import { type Identity, lacks } from '../../../src/dashboard/server/auth/identity.ts'
import { ALL_PERMISSIONS, ROLE_PERMISSIONS } from '../../../src/dashboard/server/auth/permissions.ts'
import type { TokenRequest } from '../../../src/dashboard/server/auth/tokens.ts'
import type { User } from '../../../src/store/access.ts'
import { AuthFixture, accepted, as, codeOf } from './fixture.ts'

const DAY = 86_400_000

async function tokenOf(fixture: AuthFixture, user: User, changed: Partial<TokenRequest> = {}) {
  const request = { name: 'ci', scopes: ['jobs.read', 'jobs.retry'], expiresInDays: 30, ...changed }
  const { text, token } = accepted(await fixture.auth.tokens.create(as(user), request, ''))
  return { token, headers: { authorization: `Bearer ${text}` } }
}

describe('an API token', () => {
  test('may do what it was made for, in the name of its user', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.bare('operator', { name: 'Ada' })
    const { headers, token } = await tokenOf(fixture, user)
    const who = accepted(await fixture.who(headers)) as Identity
    expect(who).toMatchObject({ kind: 'token', id: user.id, name: 'Ada (ci)', tokenId: token.id, sessionId: null })
    expect(who.permissions).toEqual(['jobs.read', 'jobs.retry'])
    expect(lacks(who, 'jobs.retry')).toBeUndefined()
    expect(lacks(who, 'jobs.cancel')).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
      detail: { permission: 'jobs.cancel' },
    })
  })

  test('is never worth more than its user is now', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.bare('operator')
    const { headers } = await tokenOf(fixture, user)
    await fixture.access.changeUser(user.id, { role: 'viewer' })
    expect((accepted(await fixture.who(headers)) as Identity).permissions).toEqual(['jobs.read'])
    await fixture.access.changeUser(user.id, { disabledAt: new Date() })
    expect(codeOf(await fixture.who(headers))).toBe('TOKEN_INVALID')
    await fixture.access.changeUser(user.id, { disabledAt: null })
    expect(codeOf(await fixture.who(headers))).toBeUndefined()
    await fixture.access.removeUser(user.id)
    expect(codeOf(await fixture.who(headers))).toBe('TOKEN_INVALID')
  })

  test('ends when it expires or is revoked', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.bare('operator')
    const [short, long] = [await tokenOf(fixture, user), await tokenOf(fixture, user, { expiresInDays: null })]
    fixture.clock.advance(30 * DAY - 1)
    expect(codeOf(await fixture.who(short.headers))).toBeUndefined()
    fixture.clock.advance(1)
    expect(await fixture.who(short.headers)).toMatchObject({ status: 401, code: 'TOKEN_INVALID' })
    expect(codeOf(await fixture.who(long.headers))).toBeUndefined()
    expect(await fixture.auth.tokens.revoke(as(user), long.token.id, '')).toBeUndefined()
    expect(codeOf(await fixture.who(long.headers))).toBe('TOKEN_INVALID')
  })

  test('is stored as a hash only, and that is no token', async () => {
    await using fixture = await AuthFixture.open()
    const { headers } = await tokenOf(fixture, await fixture.bare('operator'))
    const text = headers.authorization.replace('Bearer ', '')
    expect(text).toMatch(/^offstage_[\w-]{43}$/)
    const [stored] = await fixture.access.tokens()
    expect(JSON.stringify(stored)).not.toContain(text.slice(9))
    for (const wrong of [
      stored?.hash,
      `offstage_${stored?.hash}`,
      `${text}x`,
      text.slice(0, -1),
      'offstage_',
      text.slice(9),
    ]) {
      expect(codeOf(await fixture.who({ authorization: `Bearer ${wrong}` }))).toBe('TOKEN_INVALID')
    }
  })

  test('that is wrong is refused, whatever cookie comes with it', async () => {
    await using fixture = await AuthFixture.open()
    const { cookie } = await fixture.signedIn(await fixture.user('admin'))
    expect(codeOf(await fixture.who({ cookie, authorization: 'Bearer nonsense' }))).toBe('TOKEN_INVALID')
    expect(codeOf(await fixture.who({ cookie, authorization: 'Basic dXNlcjpwYXNz' }))).toBeUndefined()
  })

  test('tells when it was last used, once a minute at most', async () => {
    await using fixture = await AuthFixture.open()
    const { headers } = await tokenOf(fixture, await fixture.bare('operator'))
    const seen = async () => (await fixture.access.tokens())[0]?.seenAt?.getTime()
    const began = fixture.clock.now()
    await fixture.who(headers)
    fixture.clock.advance(59_999)
    await fixture.who(headers)
    expect(await seen()).toBe(began)
    fixture.clock.advance(1)
    await fixture.who(headers)
    expect(await seen()).toBe(began + 60_000)
  })

  test('needs no page of ours to come from; a cookie does', async () => {
    await using fixture = await AuthFixture.open()
    const { headers } = await tokenOf(fixture, await fixture.bare('operator'))
    const { cookie } = await fixture.signedIn(await fixture.user('operator'))
    const site = { 'sec-fetch-site': 'cross-site' }
    expect(codeOf(await fixture.who({ ...headers, ...site }))).toBeUndefined()
    expect(await fixture.who({ cookie, ...site })).toMatchObject({ status: 403, code: 'CROSS_SITE' })
  })
})

describe('making and revoking tokens', () => {
  test.each<[string, Partial<Record<keyof TokenRequest, unknown>>, string]>([
    ['no name', { name: '' }, 'name'],
    ['a name of control characters', { name: '\u0000\u0007' }, 'name'],
    ['no permission', { scopes: [] }, 'scopes'],
    ['an unknown permission', { scopes: ['jobs.fly'] }, 'scopes'],
    ['a permission that its user does not have', { scopes: ['jobs.read', 'users.manage'] }, 'scopes'],
    ['no list', { scopes: 'jobs.read' }, 'scopes'],
    ['no time', { expiresInDays: undefined }, 'expiresInDays'],
    ['a time in the past', { expiresInDays: -1 }, 'expiresInDays'],
    ['half a day', { expiresInDays: 0.5 }, 'expiresInDays'],
    ['ten thousand days', { expiresInDays: 10_000 }, 'expiresInDays'],
  ])('with %s is refused', async (_, changed, field) => {
    await using fixture = await AuthFixture.open()
    const request = { name: 'ci', scopes: ['jobs.read'], expiresInDays: 1, ...changed } as TokenRequest
    const refused = await fixture.auth.tokens.create(as(await fixture.bare('operator')), request, '')
    expect(refused).toMatchObject({ status: 400, code: 'INVALID', detail: { field } })
    expect(await fixture.access.tokens()).toEqual([])
  })

  test('is for users who may, and not for tokens: none lives longer than it was made for', async () => {
    await using fixture = await AuthFixture.open()
    const request = { name: 'ci', scopes: ['jobs.read'], expiresInDays: null }
    expect(codeOf(await fixture.auth.tokens.create(as(await fixture.bare('viewer')), request, ''))).toBe('FORBIDDEN')
    const { headers } = await tokenOf(fixture, await fixture.bare('admin'), { scopes: [...ALL_PERMISSIONS] })
    const byToken = accepted(await fixture.who(headers)) as Identity
    expect(codeOf(await fixture.auth.tokens.create(byToken, request, ''))).toBe('FORBIDDEN')
  })

  test("anybody revokes their own, and whoever manages users others', but not of those who may do more", async () => {
    await using fixture = await AuthFixture.open()
    const [admin, operator] = [await fixture.bare('admin'), await fixture.bare('operator')]
    const manager = await fixture.bare('viewer', { permissions: [...ROLE_PERMISSIONS.operator, 'users.manage'] })
    const { tokens: made } = fixture.auth
    const tokens = [await tokenOf(fixture, admin), await tokenOf(fixture, operator), await tokenOf(fixture, operator)]
    const [ofAdmin = '', first = '', second = ''] = tokens.map(({ token }) => token.id)
    expect(codeOf(await made.revoke(as(operator), ofAdmin, ''))).toBe('FORBIDDEN')
    expect(codeOf(await made.revoke(as(manager), ofAdmin, ''))).toBe('FORBIDDEN')
    expect(codeOf(await made.revoke(as(manager), first, ''))).toBeUndefined()
    expect(codeOf(await made.revoke(as(operator), second, ''))).toBeUndefined()
    expect(codeOf(await made.revoke(as(admin), second, ''))).toBe('NOT_FOUND')
    expect((await fixture.told()).slice(-2)).toEqual([
      `User: tokens.revoke ${first} ok`,
      `User: tokens.revoke ${second} ok`,
    ])
  })
})

describe('read-only', () => {
  test('by the config leaves nobody who can change anything', async () => {
    await using fixture = await AuthFixture.open({ readOnly: true })
    await fixture.access.setSetting('readOnly', false)
    const { identity } = await fixture.signedIn(await fixture.user('admin'))
    expect(identity.permissions).toEqual(['jobs.read', 'logs.read', 'metrics.read', 'audit.read', 'users.read'])
    expect(lacks(identity, 'jobs.retry')).toMatchObject({
      status: 403,
      code: 'READ_ONLY',
      detail: { permission: 'jobs.retry' },
    })
    expect(codeOf(lacks({ ...identity, granted: ['jobs.read'] }, 'jobs.retry'))).toBe('FORBIDDEN')
  })

  test('by the setting leaves only that it can be switched off, from the next request on', async () => {
    await using fixture = await AuthFixture.open()
    const { cookie } = await fixture.signedIn(await fixture.user('admin'))
    await fixture.access.setSetting('readOnly', true)
    const who = accepted(await fixture.who({ cookie })) as Identity
    expect(who.readOnly).toBe('setting')
    expect(lacks(who, 'settings.manage')).toBeUndefined()
    expect(codeOf(lacks(who, 'jobs.delete'))).toBe('READ_ONLY')
    await fixture.access.setSetting('readOnly', false)
    expect((accepted(await fixture.who({ cookie })) as Identity).permissions).toEqual(ALL_PERMISSIONS)
  })

  test('holds for tokens and for the users of the app', async () => {
    const authorize = () => ({ id: '7', name: 'Ada', role: 'admin' as const })
    await using fixture = await AuthFixture.open({ authorize })
    await fixture.access.setSetting('readOnly', true)
    expect(codeOf(lacks(accepted(await fixture.who({})) as Identity, 'jobs.retry'))).toBe('READ_ONLY')
  })
})

describe("the app's own authorize", () => {
  const ada: AppUser = { id: '7', name: 'Ada', role: 'operator' }
  const asked = async (answer: unknown, headers: Record<string, string> = {}) => {
    await using fixture = await AuthFixture.open({ authorize: () => answer as AppUser })
    return await fixture.who(headers)
  }

  test('says who it is, by role or by permissions', async () => {
    expect(await asked(ada)).toMatchObject({ kind: 'app', id: 'app:7', name: 'Ada', role: 'operator', email: null })
    expect((await asked(Promise.resolve(ada))) as Identity).toMatchObject({ permissions: ROLE_PERMISSIONS.operator })
    const some = { id: '7', name: 'Ada', email: 'ada@example.org', permissions: ['jobs.read'] }
    expect(await asked(some)).toMatchObject({ permissions: ['jobs.read'], role: null, email: 'ada@example.org' })
  })

  test('says nobody, or answers by itself', async () => {
    expect(await asked(null)).toMatchObject({ status: 401, code: 'SIGN_IN_REQUIRED' })
    const redirect = Response.redirect('https://app.example.org/sign-in')
    expect(await asked(redirect)).toBe(redirect)
  })

  test.each([
    ['nothing', undefined],
    ['true', true],
    ['no id', { name: 'Ada', role: 'admin' }],
    ['an empty id', { id: '', name: 'Ada', role: 'admin' }],
    ['a number as id', { id: 7, name: 'Ada', role: 'admin' }],
    ['no name', { id: '7', role: 'admin' }],
    ['an unknown role', { id: '7', name: 'Ada', role: 'root' }],
    ['neither role nor permissions', { id: '7', name: 'Ada' }],
    ['an unknown permission', { id: '7', name: 'Ada', permissions: ['jobs.read', 'jobs.fly'] }],
    ['permissions as text', { id: '7', name: 'Ada', permissions: 'jobs.read' }],
  ])('that answers %s is an error, and lets nobody in', async (_, answer) => {
    await expect(asked(answer)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('that throws lets nobody in', async () => {
    await using fixture = await AuthFixture.open({ authorize: () => Promise.reject(new Error('no session store')) })
    await expect(fixture.who({})).rejects.toThrow('no session store')
  })

  test('is asked about other tokens, not about ours, nor about requests of other sites', async () => {
    const seen: (string | null)[] = []
    const authorize = (request: Request) => {
      seen.push(request.headers.get('authorization'))
      return ada
    }
    await using fixture = await AuthFixture.open({ authorize })
    const { headers } = await tokenOf(fixture, await fixture.bare('operator'))
    expect(await fixture.who(headers)).toMatchObject({ kind: 'token' })
    expect(codeOf(await fixture.who({ authorization: `Bearer offstage_${'A'.repeat(43)}` }))).toBe('TOKEN_INVALID')
    expect(codeOf(await fixture.who({ 'sec-fetch-site': 'cross-site' }))).toBe('CROSS_SITE')
    expect(seen).toEqual([])
    expect(await fixture.who({ authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x' })).toMatchObject({ kind: 'app' })
    expect(seen).toEqual(['Bearer eyJhbGciOiJIUzI1NiJ9.e30.x'])
  })

  test('stands instead of sessions: a cookie of ours says nothing', async () => {
    await using fixture = await AuthFixture.open({ authorize: () => null })
    const { setCookie } = accepted(
      await fixture.auth.signIn.withLink(
        fixture.visit(),
        (await fixture.auth.links.toSignIn(await fixture.bare('admin'), 'cli')).secret,
      ),
    )
    expect(codeOf(await fixture.who({ cookie: setCookie.split(';')[0] ?? '' }))).toBe('SIGN_IN_REQUIRED')
  })
})
