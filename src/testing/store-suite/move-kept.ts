import assert from 'node:assert/strict'
import type { Token, User } from '../../store/access.ts'
import type { KeptTable } from '../../store/move.ts'
import type { Store } from '../../store/store.ts'
import type { Cases } from './fixture.ts'
import { targetOf } from './move.ts'

function user(name: string): User {
  return {
    id: `id-of-${name}`,
    email: `${name}@example.org`,
    name,
    password: null,
    role: 'admin',
    permissions: ['jobs:read'],
    createdAt: new Date(1_000),
    disabledAt: null,
  }
}

function token(owner: User): Token {
  const { id } = owner
  const times = { createdAt: new Date(1_000), expiresAt: null, seenAt: null }
  return { id: `token-${id}`, hash: `hash-${id}`, userId: id, name: 'deploy', scopes: ['jobs:read'], ...times }
}

async function copyAll(source: Store, target: Store): Promise<Record<KeptTable, number>> {
  const from = await source.moving.databaseId()
  const copied = { user: 0, token: 0, setting: 0, audit: 0 }
  for (const table of ['user', 'token', 'setting', 'audit'] as const) {
    let after = await target.moving.receivedKept(from, table)
    for (;;) {
      const page = await source.moving.readKept(table, after)
      if (page === undefined) break
      copied[table] += await target.moving.receiveKept(from, table, page)
      // Asked for again, as after an end in the middle.
      assert.equal(await target.moving.receiveKept(from, table, page), 0)
      after = page.cursor
    }
  }
  return copied
}

/** What is copied beside the jobs. */
export const moveKept: Cases = {
  async 'users, tokens, settings and the audit log are copied once, and what is there stays'(fixture) {
    const { store } = fixture
    const target = await targetOf(fixture)
    const [ann, bob, eve] = [user('ann'), user('bob'), user('eve')]
    for (const each of [ann, bob, eve]) await store.access.addUser(each)
    for (const each of [ann, eve]) await store.access.addToken(token(each))
    await target.access.addUser({ ...eve, id: 'another', name: 'Eve of here' })
    await store.access.setSetting('colour', 'green')
    await store.access.setSetting('size', 3)
    await target.access.setSetting('size', 4)
    const entry = { actor: 'id-of-ann', actorName: 'ann', target: 'x', detail: { a: 1 }, address: '', result: 'ok' }
    for (let n = 0; n < 600; n++) await store.access.audit({ ...entry, at: new Date(n), action: `act-${n}` })

    assert.deepEqual(await copyAll(store, target), { user: 2, token: 1, setting: 1, audit: 600 })
    assert.deepEqual(await target.access.userByEmail(ann.email), ann)
    assert.equal((await target.access.userByEmail(eve.email))?.name, 'Eve of here')
    assert.deepEqual(await target.access.tokens(), [token(ann)])
    assert.deepEqual([await target.access.setting('colour'), await target.access.setting('size')], ['green', 4])
    const [newest] = await target.access.auditLog({ limit: 1 })
    assert.equal(newest?.action, 'act-599')
    assert.deepEqual(newest?.detail, { a: 1 })
    // Still here, and what came since follows.
    assert.equal((await store.access.users()).length, 3)
    await store.access.audit({ ...entry, at: new Date(700), action: 'later' })
    assert.deepEqual(await copyAll(store, target), { user: 0, token: 0, setting: 0, audit: 1 })
    assert.equal((await target.access.auditLog({ limit: 1_000 })).length, 601)
  },
}
