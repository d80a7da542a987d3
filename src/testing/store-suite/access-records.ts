import assert from 'node:assert/strict'
import { newId } from '../../core/id.ts'
import { type AccessStore, LONGEST } from '../../store/access.ts'
import { AT, after, newEntry, newInvitation, newOperation, newSession, newToken } from './access-rows.ts'
import type { Cases } from './fixture.ts'

const DAY_MS = 86_400_000

async function targets(access: AccessStore, request: Parameters<AccessStore['auditLog']>[0]): Promise<string[]> {
  return (await access.auditLog(request)).map(({ target }) => target)
}

/** What was done: the audit log, bulk operations, settings; and what is thrown away in time. */
export const accessRecords: Cases = {
  async 'an audit entry is kept as it was told, with a rising number'({ store: { access } }) {
    const full = newEntry({
      actor: newId(),
      actorName: 'é'.repeat(LONGEST.name),
      action: 'a'.repeat(LONGEST.action),
      target: '漢'.repeat(LONGEST.target),
      detail: { filter: 'class:"Größe 🙂" \u0000 \\ \'', count: 12, nested: [null, true] },
      address: '::1',
      result: 'FORBIDDEN',
    })
    await access.audit(full)
    await access.audit(newEntry({ detail: undefined }))
    const [second, first] = await access.auditLog({ limit: 10 })
    assert.deepEqual(first, { seq: first?.seq, ...full })
    assert.deepEqual(second, { seq: second?.seq, ...newEntry({ detail: null }) })
    assert.ok((second?.seq ?? 0) > (first?.seq ?? 0))
  },

  async 'the audit log is read from the newest on, page by page'({ store: { access } }) {
    for (let n = 1; n <= 5; n += 1) await access.audit(newEntry({ target: `job-${n}` }))
    const page = await access.auditLog({ limit: 2 })
    assert.deepEqual(
      page.map(({ target }) => target),
      ['job-5', 'job-4'],
    )
    const before = page.at(-1)?.seq
    assert.deepEqual(await targets(access, { limit: 2, before }), ['job-3', 'job-2'])
    assert.deepEqual(await targets(access, { limit: 0 }), [])
  },

  async 'the audit log can be asked for who did what to what'({ store: { access } }) {
    await access.audit(newEntry({ actor: 'a', action: 'jobs.retry', target: '1' }))
    await access.audit(newEntry({ actor: 'a', action: 'jobs.cancel', target: '2' }))
    await access.audit(newEntry({ actor: 'b', action: 'jobs.retry', target: '3' }))
    assert.deepEqual(await targets(access, { limit: 9, actor: 'a' }), ['2', '1'])
    assert.deepEqual(await targets(access, { limit: 9, action: 'jobs.retry' }), ['3', '1'])
    assert.deepEqual(await targets(access, { limit: 9, target: '2' }), ['2'])
    assert.deepEqual(await targets(access, { limit: 9, actor: 'b', action: 'jobs.cancel' }), [])
  },

  async 'an operation is found as it was added; those that run are listed first'({ store: { access } }) {
    const ended = newOperation({
      state: 'failed',
      filter: `class:${'x'.repeat(2_000)}`,
      pace: 20,
      total: null,
      startedAt: after(5),
      finishedAt: after(6),
      error: 'no such column',
    })
    const old = newOperation({ action: 'clear' })
    const running = newOperation({ action: 'run-now', startedAt: after(1) })
    for (const operation of [old, ended, running]) await access.addOperation(operation)
    assert.deepEqual(await access.operation(ended.id), ended)
    assert.equal(await access.operation(newId()), undefined)
    assert.deepEqual(await access.operations(10), [running, old, ended])
    assert.deepEqual(await access.operations(1), [running])
  },

  async 'an operation counts what it does, and hears that it was ended'({ store: { access }, clock }) {
    const operation = newOperation()
    await access.addOperation(operation)
    clock.advance(1_000)
    assert.equal(await access.advanceOperation(operation.id, 3, 1), 'running')
    clock.advance(1_000)
    assert.equal(await access.endOperation(operation.id, 'aborted'), true)
    assert.equal(await access.endOperation(operation.id, 'done'), false)
    assert.equal(await access.advanceOperation(operation.id, 2, 0), 'aborted')
    const finishedAt = new Date(clock.now())
    assert.deepEqual(await access.operation(operation.id), {
      ...operation,
      ...{ done: 5, skipped: 1, state: 'aborted', finishedAt, updatedAt: finishedAt },
    })
    const failed = newOperation()
    await access.addOperation(failed)
    await access.endOperation(failed.id, 'failed', 'the disk is full')
    assert.equal((await access.operation(failed.id))?.error, 'the disk is full')
    assert.equal(await access.advanceOperation(newId(), 1, 0), undefined)
    assert.equal(await access.endOperation(newId(), 'done'), false)
  },

  async 'the counts of an operation add up, whoever tells them at once'(fixture) {
    const { access } = fixture.store
    const other = (await fixture.another()).access
    const { id } = newOperation()
    await access.addOperation(newOperation({ id }))
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? access : other).advanceOperation(id, 1, 2)))
    const { done, skipped } = (await access.operation(id)) ?? {}
    assert.deepEqual([done, skipped], [20, 40])
  },

  async 'a setting is what was last set, of any form'({ store: { access } }) {
    assert.equal(await access.setting('auditDays'), undefined)
    for (const value of [90, 'text', false, null, { deep: ['é', 1.5] }, 'text', 'text']) {
      await access.setSetting('auditDays', value)
      assert.deepEqual(await access.setting('auditDays'), value)
    }
    await access.setSetting('readOnly', true)
    assert.equal(await access.setting('auditDays'), 'text')
  },

  async 'a setting that is set for the first time by many at once is one of theirs'(fixture) {
    const stores = [fixture.store, await fixture.another(), await fixture.another()]
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(stores.map(({ access }, n) => access.setSetting(`round ${round}`, n)))
      assert.ok([0, 1, 2].includes((await fixture.store.access.setting(`round ${round}`)) as number))
    }
  },

  async 'what is past its time is removed, and nothing else'({ store: { access } }) {
    const [ended, live] = [newSession('u', { expiresAt: AT }), newSession('u', { expiresAt: after(1) })]
    for (const session of [ended, live]) await access.addSession(session)
    const expired = { expiresAt: after(-7 * DAY_MS) }
    const invitations = [newInvitation(expired), newInvitation({ ...expired, usedAt: AT }), newInvitation()]
    for (const invitation of invitations) await access.addInvitation(invitation)
    const tokens = [newToken('u', { expiresAt: after(-30 * DAY_MS) }), newToken('u', { expiresAt: AT }), newToken('u')]
    for (const token of tokens) await access.addToken(token)
    const operations = [newOperation({ finishedAt: after(-DAY_MS - 1), state: 'done' }), newOperation()]
    for (const operation of operations) await access.addOperation(operation)
    for (let n = 0; n < 3; n += 1) await access.audit(newEntry({ at: after((n - 2) * DAY_MS), target: `day ${n}` }))

    await access.pruneAccess(AT, DAY_MS)
    assert.deepEqual(await access.sessions(), [live])
    assert.deepEqual(await access.invitations(), [invitations[2]])
    assert.deepEqual(new Set(await access.tokens()), new Set(tokens.slice(1)))
    assert.deepEqual(await access.operations(9), [operations[1]])
    assert.deepEqual(await targets(access, { limit: 9 }), ['day 2', 'day 1'])
    await access.pruneAccess(AT, Number.POSITIVE_INFINITY)
    assert.deepEqual(await targets(access, { limit: 9 }), ['day 2', 'day 1'])
  },

  async 'of a long audit log all that is old goes, and no number is given again'({ store: { access } }) {
    const old = newEntry({ at: after(-2 * DAY_MS) })
    for (let n = 0; n < 1_100; n += 1) await access.audit(old)
    const [newest] = await access.auditLog({ limit: 1 })
    await access.pruneAccess(AT, DAY_MS)
    assert.deepEqual(await access.auditLog({ limit: 9 }), [])
    await access.audit(newEntry())
    const [next] = await access.auditLog({ limit: 1 })
    assert.ok((next?.seq ?? 0) > (newest?.seq ?? 0))
  },
}
