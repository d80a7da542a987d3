import { describe, expect, test } from 'vitest'
import { isSecret, revealed, type Secret } from '../../../src/core/secret.ts'
import { hiddenPath, withSecrets } from '../../../src/dashboard/server/secret-paths.ts'

const secretAt = (value: unknown) => {
  expect(isSecret(value)).toBe(true)
  return revealed(value as Secret<unknown>)
}

describe('paths of secrets', () => {
  test('mark what stands there, and nothing else', () => {
    const args = [{ url: 'x', auth: { token: 't', user: 'u' } }, ['a', 'b'], 'c']
    const marked = withSecrets(args, ['0.auth.token', '1.1', '2']) as [
      { auth: { token: unknown; user: string } },
      unknown[],
      unknown,
    ]
    expect(secretAt(marked[0].auth.token)).toBe('t')
    expect(marked[0].auth.user).toBe('u')
    expect(secretAt(marked[1][1])).toBe('b')
    expect(secretAt(marked[2])).toBe('c')
    expect(JSON.stringify(args)).not.toContain('[secret]')
  })

  test('of something within a secret are covered by it', () => {
    const [marked] = withSecrets([{ auth: { token: 't' } }], ['0.auth.token', '0.auth', '0.auth']) as [
      { auth: unknown },
    ]
    expect(secretAt(marked.auth)).toEqual({ token: 't' })
  })

  test.each(['1', '0.nothing', '0.auth.token.length', '', '0.__proto__', '0.constructor', 'length', '0..x'])(
    'that lead nowhere are refused: %s',
    (path) => {
      expect(() => withSecrets([{ auth: { token: 't' } }], [path])).toThrow(/secrets\[0\]/)
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
