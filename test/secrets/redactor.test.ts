import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/secrets/redactor.ts'

function redactor(...secrets: unknown[]): Redactor {
  const made = new Redactor()
  made.add(secrets)
  return made
}

const text = fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' }).filter((each) => each.trim().length >= 4)

/** What a job may make of a secret before it tells it. */
const FORMS: Record<string, (secret: string) => string> = {
  itself: (secret) => secret,
  JSON: (secret) => JSON.stringify({ secret }),
  'JSON in JSON': (secret) => JSON.stringify({ body: JSON.stringify({ secret }) }),
  inspected: (secret) => inspect({ secret }, { compact: true, breakLength: Infinity }),
  'console.log': (secret) => format('%s and %o', secret, 1),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  'a query': (secret) => `https://example.org/?q=${encodeURIComponent(secret)}`,
  'a form': (secret) => new URLSearchParams({ secret }).toString(),
}

describe('a redactor', () => {
  test.each(Object.entries(FORMS))('finds a secret as %s', (_, form) => {
    fc.assert(
      fc.property(text, (secret) => {
        const shown = redactor(secret).hide(`before ${form(secret)} after`)
        expect(shown).toContain('[secret]')
        // What is left is the text around it: the secret's own marker may hold what looks like a short secret.
        const rest = shown.replaceAll('[secret]', '')
        expect(rest).not.toContain(form(secret))
        expect(rest).not.toContain(secret)
        expect(rest).toMatch(/^before .* after$/s)
      }),
    )
  })

  test('finds it in the base64 of something longer, wherever it begins', () => {
    const secret = 'tk_live_0123456789abcdef'
    for (const user of ['', 'a', 'ab', 'abc', 'abcd']) {
      const header = `Basic ${Buffer.from(`${user}:${secret}@host`).toString('base64')}`
      const shown = redactor(secret).hide(header)
      expect(shown).toContain('[secret]')
      const left = Buffer.from(shown.replace(/^Basic /, '').replace('[secret]', '....'), 'base64').toString('latin1')
      expect(left).not.toContain('0123')
    }
  })

  test('leaves everything else as it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (line, value) => {
        const hidden = redactor('7c1f8a3e-not-in-there')
        expect(hidden.hide(line)).toBe(line)
        expect(hidden.hideJson(JSON.stringify(value))).toBe(JSON.stringify(value))
      }),
    )
    expect(new Redactor().hide('anything')).toBe('anything')
  })

  test('finds the texts in lists and objects, and numbers of six digits', () => {
    const hidden = redactor({ user: 'ann_lee', list: ['deep-one', { pin: 123_456, age: 42 }], on: true, no: null })
    expect(hidden.hide('ann_lee deep-one 123456 42 true null')).toBe('[secret] [secret] [secret] 42 true null')
  })

  test('looks for nothing shorter than four characters', () => {
    expect(redactor('abc', '', 1, 12345).hide('abc 12345')).toBe('abc 12345')
    expect(redactor('abcd').hide('abcd')).toBe('[secret]')
  })

  test('finds each line of a text of several', () => {
    const pem = '-----BEGIN KEY-----\nMIIEvQIBADANBg\r\nkqhkiG9w0BAQEF\n-----END KEY-----\n'
    const hidden = redactor(pem)
    for (const line of pem.trim().split(/\r?\n/)) expect(hidden.hide(`> ${line} <`)).toBe('> [secret] <')
    expect(hidden.hide(inspect({ pem }))).not.toContain('kqhkiG9w0BAQEF')
  })

  test('takes out all that overlaps, itself included', () => {
    expect(redactor('aaaa').hide('xaaaaaax')).toBe('x[secret]x')
    expect(redactor('token-1', 'token-1-more').hide('a token-1-more token-1')).toBe('a [secret] [secret]')
    expect(redactor('abcdef', 'defghi').hide('-abcdefghi-')).toBe('-[secret]-')
    expect(redactor('[secret]', 'secret').hide('a secret b')).toBe('a [secret] b')
  })

  test('leaves JSON as JSON: keys, texts, and numbers whose digits are secret', () => {
    const hidden = redactor('"a","b"', '{"x"', '12345678', 'tokentoken')
    const told = { tokentoken: ['"a","b"', { x: 'a {"x"' }], code: 12_345_678, fine: 1.5, none: null }
    expect(JSON.parse(hidden.hideJson(JSON.stringify(told)))).toEqual({
      '[secret]': ['[secret]', { x: 'a [secret]' }],
      code: '[secret]',
      fine: 1.5,
      none: null,
    })
    fc.assert(
      fc.property(text, fc.jsonValue({ maxDepth: 3 }), (secret, value) => {
        const shown = redactor(secret).hideJson(JSON.stringify([value, secret, { [secret]: `x${secret}x` }]))
        expect(() => JSON.parse(shown)).not.toThrow()
        expect(JSON.parse(shown)[1]).toBe('[secret]')
      }),
    )
  })

  test('JSON that is too deep to be searched is not let through', () => {
    const deep = `${'['.repeat(20_000)}"tokentoken"${']'.repeat(20_000)}`
    expect(redactor('tokentoken').hideJson(deep)).not.toContain('tokentoken')
  })

  test('remembers what was opened lately', () => {
    const hidden = new Redactor()
    for (let i = 0; i < 20; i++) hidden.add([`token-number-${i}-`])
    expect(hidden.hide('token-number-0- token-number-19-')).toBe('[secret] [secret]')
    hidden.add(['another'])
    expect(hidden.hide('token-number-0- token-number-19-')).toBe('token-number-0- [secret]')
  })
})
