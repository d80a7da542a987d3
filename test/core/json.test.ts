import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OffstageError } from '../../src/core/errors.ts'
import { encodeArgs } from '../../src/core/json.ts'
import { thrownBy } from './thrown-by.ts'

const MiB = 1_048_576
const circle: Record<string, unknown> = {}
circle.self = { circle }
class Order {
  total = 1
}
const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown

describe('encodeArgs', () => {
  test('gives the text that comes back the same', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (args) => {
        const text = encodeArgs(args, MiB)
        expect(text).toBe(JSON.stringify(args))
        // JSON has no -0; to everything else it is true.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(args)))
      }),
    )
  })

  test('leaves out properties that are undefined', () => {
    expect(encodeArgs([{ a: undefined, b: 1 }], MiB)).toBe('[{"b":1}]')
  })

  test('takes plain objects of any kind', () => {
    expect(encodeArgs([Object.assign(Object.create(null), { a: 1 })], MiB)).toBe('[{"a":1}]')
    expect(encodeArgs([runInNewContext('({ a: [1] })')], MiB)).toBe('[{"a":[1]}]')
  })

  test.each<[string, readonly unknown[], string]>([
    ['bigint', [1n], 'args[0] is a bigint'],
    ['bigint inside', [{ items: [1, 2, 3, 4n] }], 'args[0].items[3] is a bigint'],
    ['function', ['a', { run: () => {} }], 'args[1].run is a function'],
    ['symbol', [Symbol('x')], 'args[0] is a symbol'],
    ['undefined', ['a', undefined], 'args[1] is undefined'],
    ['undefined in a list', [{ list: [undefined] }], 'args[0].list[0] is undefined'],
    ['a hole', [new Array(2)], 'args[0][0] is undefined'],
    ['NaN', [{ 'a-b': Number.NaN }], 'args[0]["a-b"] is NaN'],
    ['Infinity', [Number.NEGATIVE_INFINITY], 'args[0] is -Infinity'],
    ['Date', [{ when: new Date(0) }], 'args[0].when is a Date'],
    ['Map', [new Map()], 'args[0] is an instance of Map'],
    ['Set', [[new Set()]], 'args[0][0] is an instance of Set'],
    ['Buffer', [{ body: Buffer.from('x') }], 'args[0].body is an instance of Buffer'],
    ['Error', [new TypeError('x')], 'args[0] is an instance of TypeError'],
    ['class instance', [{ order: new Order() }], 'args[0].order is an instance of Order'],
    ['boxed text', [new String('x')], 'args[0] is an instance of String'],
    ['toJSON of its own', [{ toJSON: () => 1 }], 'args[0].toJSON is a function'],
    ['circle', [circle], 'args[0].self.circle refers back'],
    ['too deep', [deep(2_000)], 'is nested deeper than 500 levels'],
  ])('refuses %s, and says where', (_, args, message) => {
    const error = thrownBy(() => encodeArgs(args, MiB))
    expect(error).toBeInstanceOf(OffstageError)
    expect(error).toMatchObject({ code: 'ARGS_INVALID' })
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).toMatch(/^.{1,300}$/)
  })

  test('refuses what is no list', () => {
    expect(() => encodeArgs({ data: 'x' } as never, MiB)).toThrow('args is not a list')
    expect(() => encodeArgs('ab' as never, MiB)).toThrow('args is not a list')
  })

  test('finds what is not safe wherever it is', () => {
    const place = fc.array(fc.oneof(fc.constant('list'), fc.constant('object')), { maxLength: 8 })
    fc.assert(
      fc.property(
        place,
        fc.constantFrom(1n, undefined, Number.NaN, new Map(), () => 0),
        (steps, bad) => {
          let value: unknown = [bad]
          let path = '[0]'
          for (const step of steps) {
            value = step === 'list' ? [0, value] : { a: 0, b: value }
            path = `${step === 'list' ? '[1]' : '.b'}${path}`
          }
          expect(() => encodeArgs([value], MiB)).toThrow(`args[0]${path} is `)
        },
      ),
    )
  })

  test('a Date becomes text where a schema makes one of it again', () => {
    expect(encodeArgs([new Date(0)], MiB, { dates: true })).toBe('["1970-01-01T00:00:00.000Z"]')
    expect(() => encodeArgs([new Date(Number.NaN)], MiB, { dates: true })).toThrow('args[0] is an invalid Date')
  })

  test('counts bytes, not characters', () => {
    expect(encodeArgs(['ä'.repeat(10)], 24)).toHaveLength(14)
    expect(() => encodeArgs(['ä'.repeat(10)], 23)).toThrow(OffstageError)
    expect(thrownBy(() => encodeArgs(['x'.repeat(MiB)], MiB))).toMatchObject({ code: 'ARGS_TOO_LARGE' })
  })

  test('agrees with the size of the text for any value and any limit', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 2, max: 200 }), (args, limit) => {
        const fits = Buffer.byteLength(JSON.stringify(args)) <= limit
        expect(thrownBy(() => encodeArgs(args, limit)) === undefined).toBe(fits)
      }),
    )
  })

  test('refuses at once what is small in memory and huge as text', () => {
    let value: unknown = ['x']
    for (let i = 0; i < 60; i++) value = [value, value]
    expect(thrownBy(() => encodeArgs([value], MiB))).toMatchObject({ code: 'ARGS_TOO_LARGE' })
  })

  test('one object in two places is no circle', () => {
    const address = { city: 'Bern' }
    expect(encodeArgs([{ from: address, to: address }], MiB)).toContain('"to":{"city":"Bern"}')
  })
})
