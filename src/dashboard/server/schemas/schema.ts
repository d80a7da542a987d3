/** JSON Schema as plain objects, and the part of it that requests are checked against. */

export interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly format?: string
  readonly description?: string
  readonly $ref?: string
}

/** What cannot be undefined in JSON but may be missing. */
type OptionalKey<T> = { [Key in keyof T]-?: Record<never, never> extends Pick<T, Key> ? Key : never }[keyof T]

/** An object with exactly these properties: the compiler sees that none of `T` is forgotten. */
export function object<T>(
  properties: { readonly [Key in keyof T]-?: Schema },
  optional: readonly OptionalKey<T>[] = [],
): Schema {
  const required = Object.keys(properties).filter((key) => !(optional as readonly string[]).includes(key))
  return { type: 'object', properties: properties as Record<string, Schema>, required, additionalProperties: false }
}

export const string: Schema = { type: 'string' }
export const boolean: Schema = { type: 'boolean' }
export const integer: Schema = { type: 'integer' }
export const number: Schema = { type: 'number' }
export const time: Schema = { type: 'string', format: 'date-time' }
export const anything: Schema = {}

export function text(maxLength: number, minLength = 0): Schema {
  return { type: 'string', minLength, maxLength }
}

export function between(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum }
}

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values }
}

export function listOf(items: Schema, maxItems?: number): Schema {
  return maxItems === undefined ? { type: 'array', items } : { type: 'array', items, maxItems }
}

export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values }
}

export function orNull(schema: Schema): Schema {
  if (typeof schema.type !== 'string' || schema.enum !== undefined) return { anyOf: [schema, { type: 'null' }] }
  return { ...schema, type: [schema.type, 'null'] }
}

export function described(schema: Schema, description: string): Schema {
  return { ...schema, description }
}

/** One of the schemas that have a name in the OpenAPI document. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}
