/** A form from the JSON Schema of an argument list, and an argument list from what was typed into it. Pure. */

export interface FormField {
  /** Where its value goes in the argument list, as `0.user.id`. */
  path: string
  label: string
  kind: 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'json'
  required: boolean
  choices: readonly unknown[]
  hint: string | undefined
}

/** What was typed, by the path of its field. A `boolean` is `true`, `false` or empty; a `choice` the place of its value. */
export type Typed = Readonly<Record<string, string>>

type Schema = Readonly<Record<string, unknown>>

const DEEPEST = 4

/** The fields; undefined where a schema does not say which arguments there are: they have to be written as JSON then. */
export function fieldsOf(schema: unknown): FormField[] | undefined {
  if (!isObject(schema)) return undefined
  const items = schema.prefixItems ?? schema.items
  if (!Array.isArray(items)) return undefined
  const needed = typeof schema.minItems === 'number' ? schema.minItems : items.length
  return items.flatMap((item, index) => fields(item, String(index), `Argument ${index + 1}`, index < needed, 1))
}

function fields(schema: unknown, path: string, name: string, required: boolean, depth: number): FormField[] {
  const known = isObject(schema) ? schema : {}
  if (isObject(known.properties) && depth < DEEPEST && known.additionalProperties !== true) {
    const needed = Array.isArray(known.required) ? known.required : []
    const prefix = depth === 1 ? '' : `${name}.`
    return Object.entries(known.properties).flatMap(([key, each]) =>
      fields(each, `${path}.${key}`, `${prefix}${key}`, required && needed.includes(key), depth + 1),
    )
  }
  const label = typeof known.title === 'string' ? known.title : name
  const choices = choicesOf(known)
  const kind = choices.length > 0 ? 'choice' : kindOf(known)
  // A switch that nobody touches says no.
  return [{ path, label, kind, required: required && known.default === undefined, choices, hint: hintOf(known) }]
}

function choicesOf(schema: Schema): readonly unknown[] {
  if (Array.isArray(schema.enum)) return schema.enum
  const options = schema.anyOf ?? schema.oneOf
  if (!Array.isArray(options) || !options.every((each) => isObject(each) && 'const' in each)) return []
  return options.map((each: Schema) => each.const)
}

function kindOf({ type }: Schema): FormField['kind'] {
  switch (type) {
    case 'string':
      return 'text'
    case 'number':
    case 'integer':
    case 'boolean':
      return type
    default:
      return 'json'
  }
}

const FORMATS: Record<string, string> = {
  email: 'an e-mail address',
  uri: 'an address such as https://example.com',
  'date-time': 'a moment such as 2026-11-22T10:00:00Z',
  date: 'a day such as 2026-11-22',
}

function hintOf(schema: Schema): string | undefined {
  const { description, format, minimum, maximum, minLength, maxLength, default: usual } = schema
  const range = (name: string, least: unknown, most: unknown) => {
    // A bound that is the language's own says nothing.
    const from = typeof least === 'number' && least > Number.MIN_SAFE_INTEGER ? least : undefined
    const to = typeof most === 'number' && most < Number.MAX_SAFE_INTEGER ? most : undefined
    if (from !== undefined && to !== undefined) return `${name} ${from} to ${to}`
    if (from !== undefined) return `${name} from ${from}`
    return to === undefined ? undefined : `${name} up to ${to}`
  }
  const parts = [
    description,
    FORMATS[String(format)] ?? format,
    range('a number', minimum, maximum),
    range('length', minLength, maxLength),
    usual === undefined ? undefined : `without it: ${JSON.stringify(usual)}`,
  ]
  return parts.filter((part) => typeof part === 'string').join('; ') || undefined
}

/** What stands in the form for these arguments; undefined where the form could not show all of them. */
export function typedFrom(fields: readonly FormField[], args: readonly unknown[]): Typed | undefined {
  const typed = Object.fromEntries(fields.map((field) => [field.path, textOf(field, valueAt(args, field.path))]))
  const { args: again } = argumentsFrom(fields, typed)
  return again && sameJson(again, args) ? typed : undefined
}

function textOf({ kind, choices }: FormField, value: unknown): string {
  if (value === undefined) return ''
  if (kind === 'choice') return String(choices.findIndex((choice) => sameJson(choice, value)))
  if (kind === 'json') return JSON.stringify(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export interface Read {
  /** Undefined when something that was typed does not fit. */
  args: unknown[] | undefined
  /** By the path of the field. */
  errors: Record<string, string>
}

/** The argument list that was typed. */
export function argumentsFrom(fields: readonly FormField[], typed: Typed): Read {
  const args: unknown[] = []
  const errors: Record<string, string> = {}
  for (const field of fields) {
    const read = readField(field, typed[field.path] ?? '')
    if ('error' in read) errors[field.path] = read.error
    else if (read.value !== undefined) setAt(args, field.path.split('.'), read.value)
  }
  // An argument of which nothing was typed, before one of which something was.
  for (let index = 0; index < args.length; index += 1) args[index] ??= null
  return { args: Object.keys(errors).length === 0 ? args : undefined, errors }
}

function readField({ kind, required, choices }: FormField, text: string): { value: unknown } | { error: string } {
  if (text === '') {
    if (kind === 'boolean' && required) return { value: false }
    // An empty text is a text; nothing else can be empty.
    if (kind === 'text' && required) return { value: '' }
    return required ? { error: 'is needed' } : { value: undefined }
  }
  switch (kind) {
    case 'number':
    case 'integer': {
      const value = Number(text)
      if (!Number.isFinite(value)) return { error: `is ${JSON.stringify(text)}: type a number` }
      if (kind === 'integer' && !Number.isInteger(value)) return { error: 'type a whole number' }
      return { value }
    }
    case 'boolean':
      return { value: text === 'true' }
    case 'choice':
      return { value: choices[Number(text)] }
    case 'json': {
      const parsed = parseJson(text)
      return 'error' in parsed ? { error: parsed.error } : parsed
    }
    default:
      return { value: text }
  }
}

/** An argument list written as JSON. */
export function parseArguments(text: string): Read {
  const parsed = parseJson(text.trim() === '' ? '[]' : text)
  if ('error' in parsed) return { args: undefined, errors: { '': parsed.error } }
  if (Array.isArray(parsed.value)) return { args: parsed.value, errors: {} }
  return { args: undefined, errors: { '': 'Write the list of the arguments: [ … ]' } }
}

function parseJson(text: string): { value: unknown } | { error: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function valueAt(from: unknown, path: string): unknown {
  return path.split('.').reduce((value: unknown, key) => (isObject(value) ? value[key] : undefined), from)
}

function setAt(target: unknown, [key = '', ...rest]: string[], value: unknown): void {
  const place = target as Record<string, unknown>
  if (rest.length === 0) {
    place[key] = value
    return
  }
  place[key] ??= {}
  setAt(place[key], rest, value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}
