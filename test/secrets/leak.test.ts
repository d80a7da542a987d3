import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { secret } from '../../src/index.ts'
import { digest } from './fixtures/leaky-jobs.ts'
import { LeakyApp } from './leaky-app.ts'

vi.setConfig({ testTimeout: 120_000 })

afterEach(() => {
  delete process.env.OFFSTAGE_SECRET_KEY
})

/** Simple as most tokens are; and one with all that is escaped somewhere. */
const TOKENS = {
  simple: 'tk_live_9f3kQz71LmX0aa55',
  awkward: 'p"ä/ss\\w\'ö+rd? &=%41\t<é>{}\u2028',
  lines: '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----',
}

function formsOf(token: string): string[] {
  const escaped = JSON.stringify(token).slice(1, -1)
  return [
    token,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    inspect(token, { breakLength: Number.POSITIVE_INFINITY }).slice(1, -1),
    encodeURIComponent(token),
    new URLSearchParams([['', token]]).toString().slice(1),
    Buffer.from(token).toString('base64').replaceAll('=', ''),
    Buffer.from(token).toString('base64url'),
    // The middle of it in the base64 of "user:token".
    Buffer.from(`user:${token}`).toString('base64').slice(8, -4),
    // What is left where it was cut off.
    ...(token.includes('\n') ? [] : [token.slice(0, 9)]),
    ...token.split('\n').filter((line) => !line.includes('-----')),
  ]
}

/** Where a text is to be found, in any of the places that a secret could have got to. */
function places(app: LeakyApp, texts: readonly string[]): string[] {
  return app
    .everything()
    .flatMap(({ name, content }) => texts.filter((text) => content.includes(text)).map((text) => `${name}: ${text}`))
}

describe.each(Object.entries(TOKENS))('a token (%s) is found nowhere', (_, token) => {
  test.each([
    ['LeakyProcess', ['tell', 'fail', 'text', 'long', 'outside', 'checked', 'uncaught', 'raw', 'die']],
    ['LeakyThread', ['tell', 'fail', 'text', 'long', 'outside', 'checked', 'uncaught']],
    ['LeakyInline', ['tell', 'fail', 'text', 'long']],
  ])('of %s', async (target, methods) => {
    const key = randomBytes(32).toString('base64')
    process.env.OFFSTAGE_SECRET_KEY = key
    await using app = new LeakyApp()
    const worker = await app.worker(key)
    const args = [secret(token), { token: secret(token), plain: 'not-a-secret-at-all' }]
    const found: Record<string, { status: string; result: unknown }> = {}
    const ids: string[] = []
    for (const method of methods) {
      const id = await app.enqueue(target, method, args)
      ids.push(id)
      const { status, result } = await app.wait(id)
      found[method] = { status, result }
    }
    // They have had the token, and the search below can find what is there.
    expect(found.tell).toMatchObject({
      status: 'completed',
      result: { digest: digest(token + token), token: '[secret]' },
    })
    expect(found.fail).toMatchObject({ status: 'failed' })
    for (const method of ['outside', 'raw']) {
      if (methods.includes(method)) expect(found[method]).toEqual({ status: 'completed', result: digest(token) })
    }
    for (const method of ['text', 'long', 'uncaught', 'die', 'checked']) {
      if (methods.includes(method)) expect(found[method]).toMatchObject({ status: 'failed' })
    }

    const [first = '', second = ''] = ids
    const commands = ['list --json', 'list', `show ${first} --json`, `show ${second} --json`, `logs ${first} --json`]
    commands.push(`show ${second}`, `logs ${first}`)
    const told = await Promise.all(commands.map((command) => app.command(['jobs', ...command.split(' ')]).ended))
    expect(told.map(({ code }) => code)).toEqual(told.map(() => 0))
    const logs = (await app.offstage.jobs.logs(ids[0] ?? '')).map(({ text }) => text).join('\n')
    expect(logs).toContain('error [secret]')
    // Of an inline job, these go to the worker's own.
    const streams = target === 'LeakyInline' ? worker.lines.join('\n') : logs
    expect(streams).toContain('stdout [secret]')
    expect(streams).toMatch(/in two \[secret\].* parts/s)

    const names = app.everything().map(({ name }) => name)
    for (const part of ['jobs.db', 'jobs.db-wal', 'jobs-text.log', 'bad-text.log', 'jobs-json.log', 'start --json']) {
      expect(names.some((name) => name.endsWith(part))).toBe(true)
    }
    const plain = places(app, ['not-a-secret-at-all']).map((place) => place.replace(/^.*[/ ](\S+): .*$/, '$1'))
    expect(plain).toEqual(expect.arrayContaining(['jobs-json.log', '--json']))
    expect(plain.some((name) => name.startsWith('jobs.db'))).toBe(true)
    expect(places(app, formsOf(token))).toEqual([])
    expect(places(app, ['"args":["[secret]",']).length).toBeGreaterThan(0)
    expect(places(app, ['"$secret"', 'v1.']).filter((place) => !place.includes('jobs.db'))).toEqual([])
    expect(places(app, [key])).toEqual([])

    await worker.stop()
    expect(places(app, formsOf(token))).toEqual([])
  })
})

test.each(['LeakyProcess', 'LeakyThread'])(
  'the key is not in the environment of %s, nor of what it starts',
  async (target) => {
    const key = randomBytes(32).toString('base64')
    await using app = new LeakyApp()
    await app.worker(key)
    expect(await app.wait(await app.enqueue(target, 'key', []))).toMatchObject({ result: [true, 'false'] })
  },
)
