import assert from 'node:assert/strict'
import { newId } from '../../core/id.ts'
import { type AccessStore, LONGEST, type User } from '../../store/access.ts'
import { addUser, newInvitation, newSession, newToken, newUser } from './access-rows.ts'
import type { Cases } from './fixture.ts'

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected

export const accessUsers: Cases = {
  async 'a user is found by id and by email, as it was added'({ store: { access } }) {
    const full = await addUser(access, {
      role: 'operator',
      password: 'scrypt$…',
      permissions: ['jobs.read', 'jobs.retry'],
      disabledAt: new Date('2026-01-15T11:00:00.001Z'),
    })
    const bare = await addUser(access, { permissions: [] })
    assert.deepEqual(await access.userById(full.id), full)
    assert.deepEqual(await access.userByEmail(full.email), full)
    assert.deepEqual(await access.userById(bare.id), bare)
    assert.equal(await access.userById(newId()), undefined)
    assert.equal(await access.userByEmail('nobody@example.org'), undefined)
  },

  async 'users are listed by email'({ store: { access } }) {
    assert.deepEqual(await access.users(), [])
    const b = await addUser(access, { email: 'b@example.org' })
    const a = await addUser(access, { email: 'a@example.org' })
    assert.deepEqual(await access.users(), [a, b])
  },

  async 'an email is a user of its own, down to the accent'({ store: { access } }) {
    const emails = [
      'jose@example.org',
      'josé@example.org',
      'jose@exámple.org',
      'straße@example.org',
      'strasse@example.org',
    ]
    for (const email of emails) await addUser(access, { email })
    for (const email of emails) assert.equal((await access.userByEmail(email))?.email, email)
    assert.equal((await access.users()).length, emails.length)
    assert.equal(await access.userByEmail('Jose@example.org'), undefined)
    assert.equal(await access.userByEmail('jose@example.org '), undefined)
  },

  async 'text of the length that is promised is kept whole, in any script'({ store: { access } }) {
    const added = await addUser(access, { email: 'é'.repeat(LONGEST.email), name: '漢🙂'.repeat(LONGEST.name / 2) })
    assert.deepEqual(await access.userById(added.id), added)
  },

  async 'an email that is taken is refused, and nothing is changed'({ store: { access } }) {
    const first = await addUser(access)
    await assert.rejects(access.addUser(newUser({ email: first.email, role: 'admin' })), code('USER_EXISTS'))
    assert.deepEqual(await access.users(), [first])
  },

  async 'adding a user whose answer was lost can be repeated'({ store: { access } }) {
    const user = await addUser(access)
    await access.addUser(user)
    assert.deepEqual(await access.users(), [user])
  },

  async 'of many who add one email at once, one succeeds and all others are told'(fixture) {
    const stores = [fixture.store, await fixture.another(), await fixture.another()]
    // Several rounds: a store may open its connections one after the other, and in the first one few of them meet.
    for (let round = 0; round < 5; round += 1) {
      const adding = Array.from({ length: 12 }, (_, index) => {
        const { access } = stores[index % stores.length] as typeof fixture.store
        return access.addUser(newUser({ email: `same-${round}@example.org` }))
      })
      const refused = (await Promise.allSettled(adding)).filter((result) => result.status === 'rejected')
      assert.deepEqual(
        refused.map(({ reason }) => reason.code),
        Array.from({ length: 11 }, () => 'USER_EXISTS'),
      )
      assert.equal((await fixture.store.access.users()).length, round + 1)
    }
  },

  async 'a change touches what it names'({ store: { access } }) {
    const user = await addUser(access, { password: 'scrypt$old', permissions: ['jobs.read'] })
    assert.equal(await access.changeUser(user.id, { name: 'New', password: 'scrypt$new' }), true)
    assert.deepEqual(await access.userById(user.id), { ...user, name: 'New', password: 'scrypt$new' })
    await access.changeUser(user.id, { permissions: null, password: null, role: 'operator' })
    const changed = { ...user, name: 'New', password: null, permissions: null, role: 'operator' as const }
    assert.deepEqual(await access.userById(user.id), changed)
    assert.equal(await access.changeUser(user.id, {}), true)
    assert.deepEqual(await access.userById(user.id), changed)
    assert.equal(await access.changeUser(newId(), { name: 'Nobody' }), false)
  },

  async 'the last admin is not demoted, disabled or removed'({ store: { access } }) {
    const admin = await addUser(access, { role: 'admin' })
    await addUser(access, { role: 'admin', disabledAt: new Date() })
    await addUser(access, { role: 'operator' })
    await assert.rejects(access.changeUser(admin.id, { role: 'operator', name: 'Changed' }), code('LAST_ADMIN'))
    await assert.rejects(access.changeUser(admin.id, { disabledAt: new Date() }), code('LAST_ADMIN'))
    await assert.rejects(access.removeUser(admin.id), code('LAST_ADMIN'))
    assert.deepEqual(await access.userById(admin.id), admin)
    assert.equal(await access.changeUser(admin.id, { name: 'Renamed', password: 'scrypt$…' }), true)
  },

  async 'an admin with permissions of its own does not count as one'({ store: { access } }) {
    const admin = await addUser(access, { role: 'admin' })
    const lesser = await addUser(access, { role: 'admin', permissions: ['jobs.read'] })
    await assert.rejects(access.removeUser(admin.id), code('LAST_ADMIN'))
    await assert.rejects(access.changeUser(admin.id, { permissions: ['users.manage'] }), code('LAST_ADMIN'))
    assert.equal(await access.removeUser(lesser.id), true)
  },

  async 'two admins who remove, demote or disable each other at once leave one'(fixture) {
    const { access } = fixture.store
    const other = (await fixture.another()).access
    const ways: ((by: AccessStore, id: string) => Promise<boolean>)[] = [
      (by, id) => by.removeUser(id),
      (by, id) => by.changeUser(id, { role: 'viewer' }),
      (by, id) => by.changeUser(id, { disabledAt: new Date() }),
    ]
    await addUser(access, { role: 'admin' })
    for (const way of [...ways, ...ways, ...ways]) {
      await addUser(access, { role: 'admin' })
      const [a, b] = await admins(access)
      const results = await Promise.allSettled([way(access, a?.id ?? ''), way(other, b?.id ?? '')])
      const refused = results.filter((result) => result.status === 'rejected')
      assert.deepEqual(
        refused.map(({ reason }) => reason.code),
        ['LAST_ADMIN'],
      )
      assert.equal((await admins(access)).length, 1)
    }
  },

  async 'whoever is removed leaves no session, token or sign-in link behind'({ store: { access } }) {
    const [gone, stays] = [await addUser(access), await addUser(access)]
    for (const { id, email } of [gone, stays]) {
      await access.addSession(newSession(id))
      await access.addToken(newToken(id))
      await access.addInvitation(newInvitation({ kind: 'sign-in', email }))
    }
    assert.equal(await access.removeUser(gone.id), true)
    assert.equal(await access.removeUser(gone.id), false)
    assert.deepEqual(await access.users(), [stays])
    assert.deepEqual([await access.sessions(gone.id), await access.tokens(gone.id)], [[], []])
    assert.deepEqual([(await access.sessions()).length, (await access.tokens()).length], [1, 1])
    assert.deepEqual(
      (await access.invitations()).map(({ email }) => email),
      [stays.email],
    )
  },

  async 'a change can end the sessions of the user, all or but for one'({ store: { access } }) {
    const [user, other] = [await addUser(access), await addUser(access)]
    const [mine, second, third] = [newSession(user.id), newSession(user.id), newSession(user.id)]
    const theirs = newSession(other.id)
    for (const session of [mine, second, third, theirs]) await access.addSession(session)
    await access.changeUser(user.id, { name: 'Other' })
    assert.equal((await access.sessions(user.id)).length, 3)
    await access.changeUser(user.id, { password: 'scrypt$…' }, { except: mine.id })
    assert.deepEqual(await access.sessions(user.id), [mine])
    await access.changeUser(user.id, { password: 'scrypt$…' }, 'all')
    assert.deepEqual(await access.sessions(), [theirs])
  },

  async 'whoever is disabled has no sessions any more'({ store: { access } }) {
    const user = await addUser(access)
    await access.addSession(newSession(user.id))
    await access.changeUser(user.id, { disabledAt: new Date() })
    assert.deepEqual(await access.sessions(), [])
    await access.addSession(newSession(user.id))
    await access.changeUser(user.id, { disabledAt: null })
    assert.equal((await access.sessions()).length, 1)
  },
}

async function admins(access: AccessStore): Promise<User[]> {
  return (await access.users()).filter(({ role, disabledAt }) => role === 'admin' && disabledAt === null)
}
