import { describe, expect, test } from 'vitest'
import { OffstageError } from '../../../src/core/errors.ts'
import { secret } from '../../../src/core/secret.ts'
import { safeDetail } from '../../../src/dashboard/server/auth/audit.ts'
import { plainText } from '../../../src/dashboard/server/auth/plain-text.ts'
import { AuthFixture, as } from './fixture.ts'

describe('the audit log', () => {
  test('tells who did what to what, from where, and how it went', async () => {
    await using fixture = await AuthFixture.open()
    const actor = as(await fixture.bare('operator', { name: 'Ada' }))
    const record = { actor, action: 'jobs.retry', target: 'job-1', detail: { pace: 20 }, address: '203.0.113.7' }
    const { audit } = fixture.auth
    expect(await audit.during(record, async () => 'done')).toBe('done')
    const failing = async () => {
      throw new OffstageError('JOB_STATE', 'it runs')
    }
    await expect(audit.during(record, failing)).rejects.toThrow('it runs')
    await expect(audit.during(record, () => Promise.reject(new TypeError('broken')))).rejects.toThrow('broken')
    await audit.record({ ...record, result: 'FORBIDDEN' })
    const entries = (await fixture.access.auditLog({ limit: 10 })).toReversed()
    expect(entries[0]).toEqual({
      seq: entries[0]?.seq,
      at: new Date(fixture.clock.now()),
      actor: actor.id,
      actorName: 'Ada',
      action: 'jobs.retry',
      target: 'job-1',
      detail: { pace: 20 },
      address: '203.0.113.7',
      result: 'ok',
    })
    expect(entries.map(({ result }) => result)).toEqual(['ok', 'JOB_STATE', 'ERROR', 'FORBIDDEN'])
  })

  test('says nothing of an action before it is known how it went', async () => {
    await using fixture = await AuthFixture.open()
    const actor = as(await fixture.bare('operator'))
    await fixture.auth.audit.during({ actor, action: 'jobs.clear', address: '' }, async () => {
      expect(await fixture.told()).toEqual([])
    })
    expect(await fixture.told()).toEqual(['User: jobs.clear  ok'])
  })

  test('keeps text from outside short and on one line', async () => {
    await using fixture = await AuthFixture.open()
    const actor = { id: 'x'.repeat(500), name: 'Ada\u001b[31m\u202eevil\n' }
    await fixture.auth.audit.record({
      actor,
      action: 'a',
      target: `${'t'.repeat(189)}🙂🙂`,
      address: '\u0000',
      detail: 1n,
    })
    const [entry] = await fixture.access.auditLog({ limit: 1 })
    expect([entry?.actor.length, entry?.actorName, entry?.target, entry?.address, entry?.detail]).toEqual([
      190,
      'Ada [31m evil',
      `${'t'.repeat(189)}…`,
      '',
      null,
    ])
  })
})

describe('what is kept of a detail', () => {
  test('has no secret in it, by its kind or by the name of its key', () => {
    const kept = safeDetail({
      name: 'ci',
      password: 'x1',
      newPassword: true,
      user: { passwordHash: 'x2', apiKey: 'x3', api_key: 'x4', Authorization: 'x5', sessionToken: 'x6', cookies: 'x7' },
      args: ['x8'],
      options: { token: secret('x9'), value: secret('x10'), secrets: ['x11'], credentials: { a: 'x12' } },
      list: [{ link: 'x13' }],
      class: 'ReportJob',
    })
    expect(JSON.stringify(kept)).not.toMatch(/x\d/)
    expect(kept).toMatchObject({ name: 'ci', class: 'ReportJob' })
  })

  test('is JSON of limited size, whatever it was', () => {
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    const values: unknown[] = [
      cyclic,
      'x'.repeat(1e6),
      Array.from({ length: 1e5 }, (_, n) => n),
      new Map([[1, 2]]),
      Number.NaN,
      1n,
    ]
    values.push(Object.fromEntries(Array.from({ length: 1e4 }, (_, n) => [`key${n}`, 'y'.repeat(400)])))
    values.push(undefined, () => {}, new Date(Number.NaN), { at: new Date(0) })
    for (const value of values) expect(JSON.stringify(safeDetail(value)).length).toBeLessThan(9_000)
    expect(safeDetail({ at: new Date(0), none: undefined })).toEqual({ at: '1970-01-01T00:00:00.000Z' })
  })
})

test.each([
  ['  spaced  ', 'spaced'],
  ['a\r\nb\u2028c\u0000d', 'a b c d'],
  ['\u202egpj.exe', 'gpj.exe'],
  ['half \ud83d', 'half'],
  ['ok 🙂', 'ok 🙂'],
  ['x'.repeat(21), `${'x'.repeat(19)}…`],
  [`${'x'.repeat(18)}🙂🙂`, `${'x'.repeat(18)}…`],
])('%j is kept as %j', (text, kept) => {
  expect(plainText(text, 20)).toBe(kept)
})
