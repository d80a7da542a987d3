import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createIdMaker, idAt, isId, msOfId, newId } from '../../src/core/id.ts'

describe('newId', () => {
  test('makes UUIDs of version 7 that hold the time', () => {
    const before = Date.now()
    const id = newId()
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(isId(id)).toBe(true)
    expect(msOfId(id)).toBeGreaterThanOrEqual(before)
    expect(msOfId(id)).toBeLessThanOrEqual(Date.now() + 1)
  })

  test('each is larger than the one before, many in one millisecond too', () => {
    const ids = Array.from({ length: 200_000 }, newId)
    for (let i = 1; i < ids.length; i++) if ((ids[i] as string) <= (ids[i - 1] as string)) expect.fail(ids[i])
  })

  test('each is larger than the one before, whatever the clock does and whatever is drawn', () => {
    const words = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 20 })
    const clock = fc.array(fc.integer({ min: 0, max: 2 ** 48 - 2 ** 16 }), { minLength: 2, maxLength: 60 })
    fc.assert(
      fc.property(clock, words, (times, drawn) => {
        let turn = 0
        const make = createIdMaker(
          () => times[turn++] as number,
          (pool) =>
            pool.forEach((_, i) => {
              pool[i] = drawn[i % drawn.length] as number
            }),
        )
        const ids = times.map(make)
        return ids.every(isId) && ids.every((id, i) => i === 0 || id > (ids[i - 1] as string))
      }),
    )
  })

  test('a clock that is set back does not bring ids back', () => {
    const times = [2_000, 1_000, 1_001]
    const make = createIdMaker(() => times.shift() as number)
    const ids = [make(), make(), make()]
    expect(ids).toEqual([...ids].sort())
    expect(ids.map(msOfId)).toEqual([2_000, 2_000, 2_000])
  })

  test('two makers in the same millisecond make different ids', () => {
    const makers = Array.from({ length: 50 }, () => createIdMaker(() => 5))
    const ids = makers.flatMap((make) => Array.from({ length: 20 }, make))
    expect(new Set(ids).size).toBe(1_000)
  })
})

test('an id stands behind the moment that it was made at, and before the next', () => {
  const ms = Date.UTC(2026, 10, 22, 3)
  const id = createIdMaker(() => ms)()
  expect(idAt(ms) < id && id < idAt(ms + 1)).toBe(true)
  expect(msOfId(id)).toBe(ms)
  expect(idAt(0)).toBe('00000000-0000')
})

test.each([
  '',
  'SampleJob',
  '0193f3a1-0000-4000-8000-000000000000',
  '0193F3A1-0000-7000-8000-000000000000',
  '0193f3a1-0000-7000-8000-000000000000\n',
  "0193f3a1-0000-7000-8000-00000000000'",
  null,
  7,
])('isId: %j is none', (text) => {
  expect(isId(text)).toBe(false)
})
