import assert from 'node:assert/strict'
import { LONGEST } from '../../store/access.ts'
import { AT, addUser, after, newHash, newInvitation, newSession, newToken } from './access-rows.ts'
import type { Cases } from './fixture.ts'

/** What lets somebody in: sessions, tokens and links. */
export const accessSessions: Cases = {
  async 'a session is found as it was added, until it is ended'({ store: { access } }) {
    const { id: userId } = await addUser(access)
    const session = newSession(userId, {
      address: `${'f'.repeat(LONGEST.address - 1)}:`,
      agent: 'é'.repeat(LONGEST.agent),
      expiresAt: after(12 * 3_600_000),
    })
    await access.addSession(session)
    assert.deepEqual(await access.session(session.id), session)
    assert.equal(await access.session(newHash()), undefined)
    assert.equal(await access.endSession(session.id), true)
    assert.equal(await access.endSession(session.id), false)
    assert.equal(await access.session(session.id), undefined)
  },

  async 'a session that is seen moves its times, and nothing else'({ store: { access } }) {
    const [one, other] = [newSession('user-1'), newSession('user-1')]
    for (const session of [one, other]) await access.addSession(session)
    await access.touchSession(one.id, after(5_000), after(65_000))
    assert.deepEqual(await access.session(one.id), { ...one, seenAt: after(5_000), expiresAt: after(65_000) })
    assert.deepEqual(await access.session(other.id), other)
    await access.touchSession(newHash(), AT, AT)
    assert.equal((await access.sessions()).length, 2)
  },

  async 'sessions are listed by user, the last seen first'({ store: { access } }) {
    const [first, last, elsewhere] = [
      newSession('user-1'),
      newSession('user-1', { seenAt: after(1) }),
      newSession('user-2', { seenAt: after(2) }),
    ]
    for (const session of [first, last, elsewhere]) await access.addSession(session)
    assert.deepEqual(await access.sessions('user-1'), [last, first])
    assert.deepEqual(await access.sessions(), [elsewhere, last, first])
    assert.deepEqual(await access.sessions('user-3'), [])
  },

  async 'the sessions of a user can be ended together, but for one'({ store: { access } }) {
    const [kept, ended, another, elsewhere] = [
      newSession('user-1'),
      newSession('user-1'),
      newSession('user-1'),
      newSession('user-2'),
    ]
    for (const session of [kept, ended, another, elsewhere]) await access.addSession(session)
    assert.equal(await access.endSessionsOf('user-1', kept.id), 2)
    assert.deepEqual(await access.sessions('user-1'), [kept])
    assert.equal(await access.endSessionsOf('user-1'), 1)
    assert.deepEqual(await access.sessions(), [elsewhere])
  },

  async 'a token is found by its hash, as it was added, until it is removed'({ store: { access } }) {
    const full = newToken('user-1', { scopes: ['jobs.read', 'jobs.retry'], expiresAt: after(1), seenAt: after(2) })
    const bare = newToken('user-2', { scopes: [], createdAt: after(1) })
    for (const token of [full, bare]) await access.addToken(token)
    assert.deepEqual(await access.tokenByHash(full.hash), full)
    assert.deepEqual(await access.tokenByHash(bare.hash), bare)
    assert.equal(await access.tokenByHash(newHash()), undefined)
    assert.deepEqual(await access.tokens(), [bare, full])
    assert.deepEqual(await access.tokens('user-1'), [full])
    await access.touchToken(bare.id, after(3))
    assert.deepEqual((await access.tokenByHash(bare.hash))?.seenAt, after(3))
    assert.equal(await access.removeToken(full.id), true)
    assert.equal(await access.removeToken(full.id), false)
    assert.equal(await access.tokenByHash(full.hash), undefined)
  },

  async 'an invitation is found as it was added, the newest first, until it is removed'({ store: { access } }) {
    const older = newInvitation({ createdBy: 'user-1', role: 'admin' })
    const newer = newInvitation({ kind: 'sign-in', createdAt: after(1) })
    for (const invitation of [older, newer]) await access.addInvitation(invitation)
    assert.deepEqual(await access.invitation(older.hash), older)
    assert.equal(await access.invitation(newHash()), undefined)
    assert.deepEqual(await access.invitations(), [newer, older])
    assert.equal(await access.removeInvitation(older.hash), true)
    assert.equal(await access.removeInvitation(older.hash), false)
    assert.deepEqual(await access.invitations(), [newer])
  },

  async 'a link works once, and not when its time has come'({ store: { access } }) {
    const invitation = newInvitation()
    await access.addInvitation(invitation)
    assert.equal(await access.takeInvitation(newHash(), AT), undefined)
    assert.equal(await access.takeInvitation(invitation.hash, invitation.expiresAt), undefined)
    assert.deepEqual(await access.invitation(invitation.hash), invitation)
    const used = { ...invitation, usedAt: after(59_999) }
    assert.deepEqual(await access.takeInvitation(invitation.hash, after(59_999)), used)
    assert.equal(await access.takeInvitation(invitation.hash, after(59_999)), undefined)
    assert.deepEqual(await access.invitations(), [used])
  },

  async 'of many who use one link at once, one succeeds'(fixture) {
    const stores = [fixture.store, await fixture.another(), await fixture.another()]
    for (let round = 0; round < 5; round += 1) {
      const invitation = newInvitation()
      await fixture.store.access.addInvitation(invitation)
      const used = await Promise.all(
        Array.from({ length: 12 }, (_, index) => {
          const { access } = stores[index % stores.length] as typeof fixture.store
          return access.takeInvitation(invitation.hash, after(index))
        }),
      )
      assert.equal(used.filter((each) => each !== undefined).length, 1)
    }
  },
}
