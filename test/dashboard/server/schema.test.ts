import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ROUTES } from '../../../src/dashboard/server/routes/routes.ts'
import { misfitOf } from '../../../src/dashboard/server/schemas/check.ts'
import { between, listOf, object, oneOf, orNull, text } from '../../../src/dashboard/server/schemas/schema.ts'

const schema = object<{ action: unknown; ids: unknown; pace?: unknown }>(
  { action: oneOf('retry', 'cancel'), ids: listOf(text(5, 1), 3), pace: orNull(between(1, 10)) },
  ['pace'],
)

describe('a request is refused with the place and the reason', () => {
  test.each([
    [undefined, '', 'is undefined: use an object'],
    [[], '', 'is a list: use an object'],
    [null, '', 'is null: use an object'],
    [{}, 'action', 'is missing'],
    [{ action: 'retry' }, 'ids', 'is missing'],
    [{ action: 'x', ids: [] }, 'action', 'is "x": use "retry", "cancel"'],
    [{ action: 'retry', ids: 'x' }, 'ids', 'is "x": use a list'],
    [{ action: 'retry', ids: ['a', 1] }, 'ids[1]', 'is 1: use text'],
    [{ action: 'retry', ids: [''] }, 'ids[0]', 'is empty'],
    [{ action: 'retry', ids: ['abcdef'] }, 'ids[0]', 'is longer than 5 characters'],
    [{ action: 'retry', ids: ['a', 'a', 'a', 'a'] }, 'ids', 'has more than 3 entries'],
    [{ action: 'retry', ids: [], pace: 0 }, 'pace', 'is 0: use 1 to 10'],
    [{ action: 'retry', ids: [], pace: 1.5 }, 'pace', 'is 1.5: use a whole number or null'],
    [{ action: 'retry', ids: [], more: 1 }, 'more', 'is not known here: there are action, ids, pace'],
    [
      JSON.parse('{"action": "retry", "ids": [], "__proto__": 1}'),
      '__proto__',
      'is not known here: there are action, ids, pace',
    ],
  ])('%j', (value, field, reason) => {
    expect(misfitOf(schema, value)).toEqual({ field, reason })
  })

  test('and let through when it fits', () => {
    expect(misfitOf(schema, { action: 'retry', ids: ['a'], pace: null })).toBeUndefined()
    expect(misfitOf(schema, { action: 'cancel', ids: [], pace: 10 })).toBeUndefined()
  })
})

test('what is refused here is what a validator of JSON Schema refuses', () => {
  const ajv = new Ajv2020({ strict: false })
  const bodies = ROUTES.flatMap(({ body }) => (body === undefined ? [] : [body]))
  const value = fc.jsonValue({ maxDepth: 2 })
  for (const body of [schema, ...bodies]) {
    const validate = ajv.compile(body)
    const keys = Object.keys(body.properties ?? {})
    const shaped = fc.dictionary(fc.constantFrom(...keys, 'other'), value, { maxKeys: keys.length + 1 })
    fc.assert(
      fc.property(fc.oneof(value, shaped), (given) => {
        const plain = JSON.parse(JSON.stringify(given)) as unknown
        expect(misfitOf(body, plain) === undefined).toBe(validate(plain))
      }),
      { numRuns: 200 },
    )
  }
})
