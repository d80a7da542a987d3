import { describe, expect, test } from 'vitest'
import type { Identity } from '../../../src/dashboard/server/auth/identity.ts'
import { ROLE_PERMISSIONS } from '../../../src/dashboard/server/auth/permissions.ts'
import type { Refused } from '../../../src/dashboard/server/auth/refused.ts'
import type { UserPatch } from '../../../src/dashboard/server/auth/users.ts'
import { AuthFixture, accepted, as, codeOf, PASSWORD } from './fixture.ts'

describe('managing users', () => {
  test('adds, changes and removes, and writes each down', async () => {
    await using fixture = await AuthFixture.open()
    const admin = as(await fixture.bare('admin', { name: 'Ada' }))
    const { users } = fixture.auth
    const grace = accepted(await users.add(admin, { email: ' Grace@Example.org', role: 'viewer' }, ''))
    expect(grace).toMatchObject({ email: 'grace@example.org', name: 'grace', password: null, role: 'viewer' })
    const patch = { name: 'Grace', role: 'operator', permissions: ['jobs.read'], disabled: true } as const
    const changed = accepted(await users.change(admin, grace.id, patch, ''))
    expect(changed).toMatchObject({ name: 'Grace', role: 'operator', permissions: ['jobs.read'] })
    expect(await fixture.access.userById(grace.id)).toEqual(changed)
    expect(changed.disabledAt).toEqual(new Date(fixture.clock.now()))
    expect(accepted(await users.change(admin, grace.id, { disabled: false, permissions: null }, ''))).toMatchObject({
      disabledAt: null,
      permissions: null,
    })
    expect(await users.remove(admin, grace.id, '')).toBeUndefined()
    expect(codeOf(await users.remove(admin, grace.id, ''))).toBe('NOT_FOUND')
    expect(await fixture.told()).toEqual([
      'Ada: users.add grace@example.org ok',
      'Ada: users.change grace@example.org ok',
      'Ada: users.change grace@example.org ok',
      'Ada: users.remove grace@example.org ok',
    ])
    const [, , first] = await fixture.access.auditLog({ limit: 10 })
    expect(first?.detail).toEqual(patch)
  })

  test('refuses what makes no sense, with the field that it is in', async () => {
    await using fixture = await AuthFixture.open()
    const admin = as(await fixture.bare('admin'))
    const user = await fixture.bare('viewer')
    const add = (given: object) =>
      fixture.auth.users.add(admin, { email: 'a@example.org', role: 'viewer', ...given } as never, '')
    for (const email of ['', 'a', 'a@', '@b', 'a b@c', 'a@b\u0000', `${'a'.repeat(190)}@b`, null, 12]) {
      expect(await add({ email })).toMatchObject({ code: 'INVALID', detail: { field: 'email' } })
    }
    expect(await add({ role: 'root' })).toMatchObject({ code: 'INVALID', detail: { field: 'role' } })
    expect(await add({ name: ' ' })).toMatchObject({ code: 'INVALID', detail: { field: 'name' } })
    expect(await add({ password: 'short' })).toMatchObject({ code: 'INVALID', detail: { field: 'password' } })
    expect(codeOf(await add({ email: user.email.toUpperCase() }))).toBe('USER_EXISTS')
    const change = (patch: object) => fixture.auth.users.change(admin, user.id, patch as UserPatch, '')
    expect(await change({ permissions: ['jobs.fly'] })).toMatchObject({ detail: { field: 'permissions' } })
    expect(await change({ permissions: 'jobs.read' })).toMatchObject({ detail: { field: 'permissions' } })
    expect(await change({ role: null })).toMatchObject({ detail: { field: 'role' } })
    expect(await change({ name: '' })).toMatchObject({ detail: { field: 'name' } })
    expect(await fixture.access.userById(user.id)).toEqual(user)
  })

  test('keeps the last admin, and says so with 409', async () => {
    await using fixture = await AuthFixture.open()
    const admin = await fixture.bare('admin', { name: 'Ada' })
    const { users } = fixture.auth
    const refusals = [
      await users.remove(as(admin), admin.id, ''),
      await users.change(as(admin), admin.id, { role: 'viewer' }, ''),
      await users.change(as(admin), admin.id, { disabled: true }, ''),
      await users.change(as(admin), admin.id, { permissions: ['jobs.read'] }, ''),
    ] as Refused[]
    expect(refusals.map(({ status, code }) => [status, code])).toEqual(refusals.map(() => [409, 'LAST_ADMIN']))
    expect(await fixture.told()).toEqual([
      `Ada: users.remove ${admin.email} LAST_ADMIN`,
      ...refusals.slice(1).map(() => `Ada: users.change ${admin.email} LAST_ADMIN`),
    ])
  })

  test('a new password ends all sessions, and is nowhere in the audit log', async () => {
    await using fixture = await AuthFixture.open()
    const admin = as(await fixture.bare('admin'))
    const user = await fixture.user('viewer')
    const { cookie } = await fixture.signedIn(user)
    const password = 'something else entirely'
    accepted(await fixture.auth.users.change(admin, user.id, { password }, ''))
    expect(codeOf(await fixture.who({ cookie }))).toBe('SIGN_IN_REQUIRED')
    const signIn = (given: string) =>
      fixture.auth.signIn.withPassword(fixture.visit(), { email: user.email, password: given })
    expect(codeOf(await signIn(PASSWORD))).toBe('SIGN_IN_FAILED')
    expect(codeOf(await signIn(password))).toBeUndefined()
    const log = JSON.stringify(await fixture.access.auditLog({ limit: 100 }))
    expect(log).not.toContain(password)
    expect(log).not.toContain('scrypt')
  })
})

describe('nobody can give, or take from, more than they have', () => {
  const MANAGER = [...ROLE_PERMISSIONS.viewer, 'users.manage', 'users.read']

  test('whoever does not manage users changes nobody, not even themselves', async () => {
    await using fixture = await AuthFixture.open()
    const [operator, other] = [await fixture.bare('operator'), await fixture.bare('viewer')]
    const by = as(operator)
    const { users } = fixture.auth
    for (const refused of [
      await users.add(by, { email: 'a@example.org', role: 'viewer' }, ''),
      await users.invite(by, { email: 'a@example.org', role: 'viewer' }, ''),
      await users.withdraw(by, 'x', ''),
      await users.change(by, operator.id, { role: 'admin' }, ''),
      await users.change(by, other.id, { name: 'X' }, ''),
      await users.change(by, 'no such', {}, ''),
      await users.remove(by, other.id, ''),
      await users.link(by, operator.id, ''),
      await users.endSession(by, 'no such', ''),
      await users.endSessions(by, other.id, ''),
    ]) {
      expect(refused).toMatchObject({ status: 403, code: 'FORBIDDEN', detail: { permission: 'users.manage' } })
    }
    expect((await fixture.access.users()).length).toBe(2)
  })

  test('whoever manages users and is no admin makes nobody more than they are', async () => {
    await using fixture = await AuthFixture.open()
    const manager = as(await fixture.bare('viewer', { permissions: MANAGER }))
    const viewer = await fixture.bare('viewer')
    const { users } = fixture.auth
    expect(codeOf(await users.add(manager, { email: 'a@example.org', role: 'admin' }, ''))).toBe('FORBIDDEN')
    expect(codeOf(await users.invite(manager, { email: 'a@example.org', role: 'operator' }, ''))).toBe('FORBIDDEN')
    expect(codeOf(await users.change(manager, viewer.id, { role: 'operator' }, ''))).toBe('FORBIDDEN')
    expect(codeOf(await users.change(manager, viewer.id, { permissions: ['jobs.clear'] }, ''))).toBe('FORBIDDEN')
    expect(codeOf(await users.change(manager, manager.id, { permissions: null, role: 'admin' }, ''))).toBe('FORBIDDEN')
    expect(codeOf(await users.change(manager, viewer.id, { permissions: ['users.manage'] }, ''))).toBeUndefined()
    expect(codeOf(await users.add(manager, { email: 'a@example.org', role: 'viewer' }, ''))).toBeUndefined()
  })

  test('and does nothing to those who may do more', async () => {
    await using fixture = await AuthFixture.open()
    await fixture.bare('admin')
    const admin = await fixture.user('admin')
    const { identity } = await fixture.signedIn(admin)
    const manager = as(await fixture.bare('viewer', { permissions: MANAGER }))
    const { users } = fixture.auth
    for (const refused of [
      await users.change(manager, admin.id, { role: 'viewer' }, ''),
      await users.change(manager, admin.id, { password: PASSWORD }, ''),
      await users.remove(manager, admin.id, ''),
      await users.link(manager, admin.id, ''),
      await users.endSession(manager, identity.sessionId ?? '', ''),
      await users.endSessions(manager, admin.id, ''),
    ]) {
      expect(codeOf(refused)).toBe('FORBIDDEN')
    }
    expect(await fixture.access.userById(admin.id)).toEqual(await fixture.access.userByEmail(admin.email))
    expect((await fixture.access.sessions()).length).toBe(1)
  })

  test('a link that somebody made is worth nothing when they, or whom it is for, have changed', async () => {
    await using fixture = await AuthFixture.open()
    await fixture.bare('admin')
    const manager = await fixture.bare('viewer', { permissions: MANAGER })
    const viewer = await fixture.bare('viewer')
    const { secret } = accepted(await fixture.auth.users.link(as(manager), viewer.id, ''))
    await fixture.access.changeUser(viewer.id, { role: 'admin' })
    expect(codeOf(await fixture.auth.signIn.withLink(fixture.visit(), secret))).toBe('LINK_INVALID')
    await fixture.access.changeUser(viewer.id, { role: 'viewer' })
    expect(codeOf(await fixture.auth.signIn.withLink(fixture.visit(), secret))).toBeUndefined()
  })

  test('a token does what it was made for, and nothing else that is its user’s', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.user('operator')
    const { identity } = await fixture.signedIn(user)
    const make = async (name: string) => {
      const request = { name, scopes: ['metrics.read'], expiresInDays: null }
      return accepted(await fixture.auth.tokens.create(identity, request, ''))
    }
    const [mine, other] = [await make('mine'), await make('other')]
    const by = accepted(await fixture.who({ authorization: `Bearer ${mine.text}` })) as Identity
    const { users, tokens } = fixture.auth
    expect(codeOf(await users.endSession(by, identity.sessionId ?? '', ''))).toBe('FORBIDDEN')
    expect(codeOf(await users.endSessions(by, user.id, ''))).toBe('FORBIDDEN')
    expect(codeOf(await tokens.revoke(by, other.token.id, ''))).toBe('FORBIDDEN')
    expect((await fixture.access.sessions()).length).toBe(1)
    expect(await tokens.revoke(by, mine.token.id, '')).toBeUndefined()
    expect((await fixture.access.tokens()).map(({ name }) => name)).toEqual(['other'])
  })

  test('nobody sets their own password without the current one', async () => {
    await using fixture = await AuthFixture.open()
    const { identity } = await fixture.signedIn(await fixture.user('admin'))
    const refused = await fixture.auth.users.change(identity, identity.id, { password: 'something else entirely' }, '')
    expect(refused).toMatchObject({ code: 'INVALID', detail: { field: 'password' } })
  })

  test('anybody ends their own sessions', async () => {
    await using fixture = await AuthFixture.open()
    const user = await fixture.user('viewer')
    const sessions = [await fixture.signedIn(user), await fixture.signedIn(user), await fixture.signedIn(user)]
    const [mine, second] = sessions
    const by = mine?.identity as never
    expect(await fixture.auth.users.endSession(by, second?.identity.sessionId ?? '', '')).toBeUndefined()
    expect(await fixture.auth.users.endSessions(by, user.id, '')).toBe(1)
    expect(codeOf(await fixture.who({ cookie: mine?.cookie ?? '' }))).toBeUndefined()
    expect((await fixture.access.sessions()).length).toBe(1)
  })
})
