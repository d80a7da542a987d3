import { shown } from '../../../core/duration.ts'
import type { Schema } from './schema.ts'

/** Where a value does not fit, as `options.retries`, and why. */
export interface Misfit {
  field: string
  reason: string
}

/** The first place at which a value does not fit its schema; undefined when all of it does. */
export function misfitOf(schema: Schema, value: unknown, field = ''): Misfit | undefined {
  if (schema.anyOf !== undefined) {
    const misfits = schema.anyOf.map((each) => misfitOf(each, value, field))
    return misfits.includes(undefined) ? undefined : misfits[0]
  }
  const types = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return { field, reason: `is ${shown(value)}: use ${types.map((type) => WORDS[type] ?? type).join(' or ')}` }
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return { field, reason: `is ${shown(value)}: use ${schema.enum.map((each) => shown(each)).join(', ')}` }
  }
  if (typeof value === 'string') return misfitOfText(schema, value, field)
  if (typeof value === 'number') return misfitOfNumber(schema, value, field)
  if (Array.isArray(value)) return misfitOfList(schema, value, field)
  if (typeof value === 'object' && value !== null) return misfitOfObject(schema, value, field)
  return undefined
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    case 'integer':
      return Number.isSafeInteger(value)
    default:
      return typeof value === type
  }
}

function misfitOfText(schema: Schema, value: string, field: string): Misfit | undefined {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema
  if (value.length < minLength) {
    return { field, reason: value === '' ? 'is empty' : `is shorter than ${minLength} characters` }
  }
  if (value.length > maxLength) return { field, reason: `is longer than ${maxLength} characters` }
  if (pattern === undefined || new RegExp(pattern, 'u').test(value)) return undefined
  return { field, reason: schema.description ?? `is ${shown(value)}, which is not of the form ${pattern}` }
}

function misfitOfNumber({ minimum, maximum }: Schema, value: number, field: string): Misfit | undefined {
  if (value >= (minimum ?? value) && value <= (maximum ?? value)) return undefined
  const range = maximum === undefined ? `${minimum} or more` : `${minimum ?? 'anything'} to ${maximum}`
  return { field, reason: `is ${value}: use ${range}` }
}

function misfitOfList({ items, maxItems }: Schema, list: readonly unknown[], field: string): Misfit | undefined {
  if (list.length > (maxItems ?? list.length)) return { field, reason: `has more than ${maxItems} entries` }
  if (items === undefined) return undefined
  for (const [i, each] of list.entries()) {
    const misfit = misfitOf(items, each, `${field}[${i}]`)
    if (misfit !== undefined) return misfit
  }
  return undefined
}

function misfitOfObject(schema: Schema, value: object, field: string): Misfit | undefined {
  const { properties = {}, required = [], additionalProperties = true } = schema
  const at = (key: string) => (field === '' ? key : `${field}.${key}`)
  const missing = required.find((key) => !Object.hasOwn(value, key))
  if (missing !== undefined) return { field: at(missing), reason: 'is missing' }
  for (const [key, each] of Object.entries(value)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (known === undefined && additionalProperties === false) {
      return {
        field: at(key.slice(0, 100)),
        reason: `is not known here: there are ${Object.keys(properties).join(', ')}`,
      }
    }
    const own = known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    const misfit = own === undefined ? undefined : misfitOf(own, each, at(key))
    if (misfit !== undefined) return misfit
  }
  return undefined
}
