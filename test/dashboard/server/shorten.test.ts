import { describe, expect, test } from 'vitest'
import { IN_ROW, ON_PAGE, Shortener } from '../../../src/dashboard/server/shorten.ts'

const shorten = (value: unknown, bounds = IN_ROW) => {
  const shortener = new Shortener(bounds)
  return { value: shortener.value(value), cut: shortener.cut }
}

describe('a shown value', () => {
  test('is as it was where it is small', () => {
    const value = { a: [1, 'x', null, true, { b: {} }], '': 'e' }
    expect(shorten(value)).toEqual({ value, cut: false })
  })

  test('has its long texts cut, never in the middle of a character', () => {
    expect(shorten('x'.repeat(300))).toEqual({ value: `${'x'.repeat(200)}…`, cut: true })
    const { value } = shorten(`${'x'.repeat(199)}😀😀`)
    expect(value).toBe(`${'x'.repeat(199)}…`)
  })

  test.each([
    ['many texts', Array.from({ length: 1_000 }, () => 'x'.repeat(150))],
    ['many keys', Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`key ${i}`, i]))],
    ['long keys', { ['k'.repeat(1_000_000)]: 1 }],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['deep lists', JSON.parse(`${'['.repeat(400)}1${']'.repeat(400)}`)],
    ['wide and deep', Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => ({ a: 'x'.repeat(50) })))],
  ])('of %s stays within its bounds', (_, value) => {
    const shown = shorten(value)
    expect(shown.cut).toBe(true)
    expect(JSON.stringify(shown.value).length).toBeLessThan(IN_ROW.total * 2)
  })

  test('of a page holds far more', () => {
    expect(shorten('x'.repeat(100_000), ON_PAGE).cut).toBe(false)
    expect(shorten('x'.repeat(1_000_000), ON_PAGE).cut).toBe(true)
  })

  test('keeps keys that mean something to JavaScript as they are', () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}')
    const shown = shorten(value).value as Record<string, unknown>
    expect(JSON.stringify(shown)).toBe(JSON.stringify(value))
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
