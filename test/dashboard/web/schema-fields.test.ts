import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  argumentsFrom,
  type FormField,
  fieldsOf,
  parseArguments,
  typedFrom,
} from '../../../src/dashboard/web/enqueue/schema-fields.ts'

const schema = z.toJSONSchema(
  z.tuple([
    z.object({
      email: z.email(),
      plan: z.enum(['free', 'pro']),
      seats: z.number().int().min(1).optional(),
      trial: z.boolean(),
      address: z.object({ city: z.string() }).optional(),
      labels: z.array(z.string()).optional(),
    }),
    z.number(),
  ]),
)
const fields = fieldsOf(schema) as FormField[]

describe('a form from a schema', () => {
  test('has a field for each value', () => {
    expect(fields.map(({ path, kind, required }) => [path, kind, required])).toEqual([
      ['0.email', 'text', true],
      ['0.plan', 'choice', true],
      ['0.seats', 'integer', false],
      ['0.trial', 'boolean', true],
      ['0.address.city', 'text', false],
      ['0.labels', 'json', false],
      ['1', 'number', true],
    ])
    expect(fields[0]?.label).toBe('email')
    expect(fields[4]?.label).toBe('address.city')
    expect(fields[6]?.label).toBe('Argument 2')
    expect(fields[0]?.hint).toContain('e-mail address')
    expect(fields[2]?.hint).toContain('from 1')
  })

  test.for([undefined, null, {}, { type: 'array' }, { type: 'array', items: { type: 'string' } }])(
    'there is none for %j',
    (none) => {
      expect(fieldsOf(none)).toBeUndefined()
    },
  )

  test('there is an empty one for no arguments', () => {
    expect(fieldsOf({ type: 'array', prefixItems: [] })).toEqual([])
  })
})

describe('what was typed', () => {
  const typed = { '0.email': 'ada@example.com', '0.plan': '1', '0.trial': 'true', '1': '2.5' }

  test('becomes the argument list, without what was left empty', () => {
    expect(argumentsFrom(fields, typed).args).toEqual([{ email: 'ada@example.com', plan: 'pro', trial: true }, 2.5])
    expect(argumentsFrom(fields, { ...typed, '0.address.city': 'London', '0.labels': '["a"]' }).args).toEqual([
      { email: 'ada@example.com', plan: 'pro', trial: true, address: { city: 'London' }, labels: ['a'] },
      2.5,
    ])
  })

  test('that does not fit is said at its field', () => {
    const { args, errors } = argumentsFrom(fields, { '0.seats': '1.5', '0.labels': '[', '1': 'many' })
    expect(args).toBeUndefined()
    expect(Object.keys(errors).sort()).toEqual(['0.labels', '0.plan', '0.seats', '1'])
    expect(errors['1']).toContain('type a number')
    expect(errors['0.labels']).toContain('not JSON')
  })

  test('is made of arguments that the form can show in full, and of no others', () => {
    const args = [{ email: 'ada@example.com', plan: 'pro', trial: false, address: { city: 'London' } }, 3]
    const again = typedFrom(fields, args)
    expect(again && argumentsFrom(fields, again).args).toEqual(args)
    expect(typedFrom(fields, [{ ...(args[0] as object), unknown: 1 }, 3])).toBeUndefined()
    expect(typedFrom(fields, [...args, 'one more'])).toBeUndefined()
  })
})

describe('arguments as JSON', () => {
  test('are a list', () => {
    expect(parseArguments('["a", 1]').args).toEqual(['a', 1])
    expect(parseArguments('').args).toEqual([])
    expect(parseArguments('{}').errors['']).toContain('list')
    expect(parseArguments('[1,').errors['']).toContain('not JSON')
  })
})
