import { describe, expect, test } from 'vitest'
import { isSecret, revealed, type Secret } from '../../../src/core/secret.ts'
import { hiddenPath, markSecrets } from '../../../src/dashboard/server/secret-paths.ts'

const secretAt = (value: unknown) => {
  expect(isSecret(value)).toBe(true)
  return revealed(value as Secret<unknown>)
}

const marked = (args: unknown[], paths: string[]) => {
  markSecrets(args, paths)
  return args
}

describe('paths of secrets', () => {
  test('mark what stands there, and nothing else', () => {
    const args = [{ url: 'x', auth: { token: 't', user: 'u' } }, ['a', 'b'], 'c']
    const found = marked(args, ['0.auth.token', '1.1', '2']) as [
      { auth: { token: unknown; user: string } },
      unknown[],
      unknown,
    ]
    expect(secretAt(found[0].auth.token)).toBe('t')
    expect(found[0].auth.user).toBe('u')
    expect(secretAt(found[1][1])).toBe('b')
    expect(secretAt(found[2])).toBe('c')
    expect(JSON.stringify(args)).not.toMatch(/"[tbc]"/)
  })

  test('of something within a secret are covered by it', () => {
    const [found] = marked([{ auth: { token: 't' } }], ['0.auth.token', '0.auth', '0.auth']) as [{ auth: unknown }]
    expect(secretAt(found.auth)).toEqual({ token: 't' })
  })

  test.each(['1', '0.nothing', '0.auth.token.length', '', '0.__proto__', '0.constructor', 'length', '0..x'])(
    'that lead nowhere are refused: %s',
    (path) => {
      expect(() => marked([{ auth: { token: 't' } }], [path])).toThrow(/secrets\[0\]/)
    },
  )
})

describe('what is still hidden', () => {
  test('is found wherever it is', () => {
    expect(hiddenPath([{ a: ['x', { b: '[secret]' }] }])).toBe('args[0].a[1].b')
    expect(hiddenPath(['[secret]'])).toBe('args[0]')
    expect(hiddenPath([{ a: 'not [secret] itself', b: null, c: 1 }])).toBeUndefined()
  })
})
