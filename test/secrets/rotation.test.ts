import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { secret } from '../../src/index.ts'
import { until } from '../support/until.ts'
import { digest } from './fixtures/leaky-jobs.ts'
import { LeakyApp } from './leaky-app.ts'

vi.setConfig({ testTimeout: 120_000 })

const makeKey = () => randomBytes(32).toString('base64')
const setKey = (key: string) => {
  process.env.OFFSTAGE_SECRET_KEY = key
}
afterEach(() => {
  delete process.env.OFFSTAGE_SECRET_KEY
})

const TARGETS = ['LeakyProcess', 'LeakyThread', 'LeakyInline']
const token = 'tk_live_9f3kQz71LmX0aa55'
const enqueueAll = (app: LeakyApp) =>
  Promise.all(
    TARGETS.map((target) => app.enqueue(target, 'tell', [secret(token), { token: secret(token), plain: '' }])),
  )
const opened = { status: 'completed', result: { digest: digest(token + token) } }

/** The ids of the keys that pending jobs are sealed under. */
function sealedUnder(app: LeakyApp): string[] {
  const raw = new DatabaseSync(`${app.folder}/jobs.db`)
  const rows = raw.prepare('select args from offstage_job').all() as { args: string }[]
  raw.close()
  return [...new Set(rows.flatMap(({ args }) => [...args.matchAll(/"v1\.([\w-]+)\./g)].map(([, id]) => id ?? '')))]
}

describe('a key that is rotated', () => {
  test.each([
    ['named', (key: string, id: string) => `${id}:${key}`],
    ['without ids', (key: string) => key],
  ])('opens the jobs that wait under the old one (%s)', async (_, entry) => {
    const [old, fresh] = [makeKey(), makeKey()]
    await using app = new LeakyApp()
    setKey(entry(old, 'old'))
    const before = await enqueueAll(app)
    const both = `${entry(fresh, 'new')},${entry(old, 'old')}`
    setKey(both)
    const after = await enqueueAll(app)
    expect(sealedUnder(app)).toHaveLength(2)
    await app.worker(both)
    for (const id of [...before, ...after]) expect(await app.wait(id)).toMatchObject(opened)
  })
})

describe('a worker without the key', () => {
  test.each([
    ['any', undefined, 'SECRET_KEY_MISSING'],
    ['this one', makeKey(), 'SECRET_KEY_UNKNOWN'],
  ])('(%s) keeps the job for one that has it, and spends no retry', async (_, wrong, code) => {
    const key = makeKey()
    await using app = new LeakyApp()
    setKey(key)
    const ids = await enqueueAll(app)
    const worker = await app.worker(wrong)
    for (const id of ids) {
      const job = await until('an attempt that failed', async () => {
        const found = await app.offstage.jobs.get(id)
        return found?.error && found
      })
      expect(job).toMatchObject({ finishedAt: null, error: { code, message: expect.stringContaining('SECRET_KEY') } })
      // The handler has no retries; on a slow machine, this may be the second try.
      expect(job.attempts[0]).toMatchObject({ attempt: 1, outcome: 'failed', error: { code } })
    }
    await worker.stop()
    await app.worker(key)
    await app.offstage.jobs.runNow(ids)
    for (const id of ids) expect(await app.wait(id)).toMatchObject(opened)
  })

  test('whose key cannot be read does not start', async () => {
    await using app = new LeakyApp()
    const { code, stderr } = await app.command(['work'], 'hunter2').ended
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^offstage: OFFSTAGE_SECRET_KEY cannot be used: it is not 32 bytes in base64; make one .*\n$/,
    )
    expect(stderr).not.toContain('hunter2')
  })
})

test('a sealed value that was moved to another job is not opened there', async () => {
  const key = makeKey()
  await using app = new LeakyApp()
  setKey(key)
  const from = await app.enqueue('LeakyInline', 'text', [secret(token)])
  const to = await app.enqueue('LeakyInline', 'text', ['plain'])
  const raw = new DatabaseSync(`${app.folder}/jobs.db`)
  raw.exec(`update offstage_job set args = (select args from offstage_job where id = '${from}') where id = '${to}'`)
  raw.close()
  await app.worker(key)
  expect(await app.wait(to)).toMatchObject({ status: 'failed', error: { code: 'SECRET_CORRUPT' } })
  expect(await app.wait(from)).toMatchObject({ status: 'failed', error: { message: 'just [secret]' } })
})

test('a job may enqueue another with a secret, wherever it runs', async () => {
  const key = makeKey()
  await using app = new LeakyApp()
  await app.worker(key)
  for (const target of TARGETS) {
    const { status, result } = await app.wait(await app.enqueue(target, 'pass', [token]))
    expect(status).toBe('completed')
    expect(await app.wait(String(result))).toMatchObject({ args: ['[secret]'], error: { message: 'just [secret]' } })
  }
})
