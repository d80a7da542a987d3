import { OffstageError } from './errors.ts'
import { isSecret, revealed, SEALED_KEY, type Secret, stringifyWith } from './secret.ts'

/** How deep arguments may be nested: JSON itself ends with a stack overflow somewhat later. */
const MAX_DEPTH = 500

export interface EncodeOptions {
  /** Dates become ISO text instead of being refused: right where a schema turns them back before the method runs. */
  dates?: boolean
  /** Seals the value of a secret, given as JSON text. Without it, secrets are refused. */
  seal?: (json: string) => string
}

/**
 * The argument list as JSON text, exactly as the method will get it back. Refused is what JSON would lose or change
 * without a word: undefined in a list, bigint, functions, symbols, NaN and Infinity, and instances of any class
 * (Map, Set, Error, Buffer, Date…). A property that is undefined is left out, as if it were not there.
 *
 * A Date is refused too, unless a schema is there to make one again: the method's parameter would say `Date` and
 * get text.
 *
 * A secret becomes `{"$secret": …}`, which is why no other object may have that key.
 *
 * @throws OffstageError ARGS_INVALID, saying where as in `args[0].items[3]`; ARGS_TOO_LARGE above `maxBytes`.
 */
export function encodeArgs(args: readonly unknown[], maxBytes: number, options?: EncodeOptions): string {
  if (!Array.isArray(args)) throw invalid('args', 'is not a list: put the arguments in an array')
  const seal = options?.seal
  const walk = new Walk(maxBytes, options?.dates === true, seal !== undefined)
  // The first walk only tells whether all is well, so that the common case builds no paths.
  if (!walk.safe(args, 0)) walk.explain(args, 'args', [])
  if (walk.size > maxBytes) throw tooLarge(maxBytes)
  const text =
    walk.secrets && seal !== undefined
      ? stringifyWith(args, (held) => ({ [SEALED_KEY]: seal(JSON.stringify(revealed(held))) }))
      : JSON.stringify(args)
  // One UTF-16 unit is at most three bytes of UTF-8: most texts need no count.
  if (text.length * 3 > maxBytes && byteLength(text) > maxBytes) throw tooLarge(maxBytes)
  return text
}

class Walk {
  /** The fewest bytes that the values seen so far can come to. */
  size = 0
  /** True once it has met a secret. */
  secrets = false
  readonly #maxBytes: number
  readonly #dates: boolean
  readonly #seals: boolean
  #inSecret = false

  constructor(maxBytes: number, dates: boolean, seals: boolean) {
    this.#maxBytes = maxBytes
    this.#dates = dates
    this.#seals = seals
  }

  safe(value: unknown, depth: number): boolean {
    // Also ends the walk of a small object that refers to its parts so often that its text would be huge.
    if (++this.size > this.#maxBytes) return true
    switch (typeof value) {
      case 'string':
        this.size += value.length
        return true
      case 'boolean':
        return true
      case 'number':
        return Number.isFinite(value)
      case 'object':
        if (value === null) return true
        if (depth > MAX_DEPTH) return false
        if (Array.isArray(value)) return this.#safeList(value, depth)
        if (!isPlain(value)) return this.#safeInstance(value, depth)
        return this.#safeObject(value as Record<string, unknown>, depth)
      default:
        return false
    }
  }

  #safeList(list: readonly unknown[], depth: number): boolean {
    for (let i = 0; i < list.length; i++) if (!this.safe(list[i], depth + 1)) return false
    return true
  }

  #safeObject(object: Record<string, unknown>, depth: number): boolean {
    for (const key in object) {
      const value = object[key]
      if (value === undefined) continue
      if (key === SEALED_KEY) return false
      this.size += key.length
      if (!this.safe(value, depth + 1)) return false
    }
    return true
  }

  #safeInstance(value: object, depth: number): boolean {
    if (!this.#seals || !isSecret(value)) return this.#dates && isValidDate(value)
    if (this.#inSecret) return false
    this.secrets = this.#inSecret = true
    const safe = this.safe(revealed(value), depth + 1)
    this.#inSecret = false
    return safe
  }

  /** Walks again and throws at the first value that is not safe. `above` are the objects that it is in. */
  explain(value: unknown, path: string, above: readonly unknown[]): void {
    if (typeof value !== 'object' || value === null) {
      const problem = scalarProblem(value)
      if (problem !== undefined) throw invalid(path, problem)
      return
    }
    if (above.includes(value)) throw invalid(path, 'refers back to what it is in: JSON cannot hold a circle')
    if (above.length > MAX_DEPTH) {
      throw invalid(`${path.slice(0, 100)}…`, `is nested deeper than ${MAX_DEPTH} levels: pass something flatter`)
    }
    const inside = [...above, value]
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) this.explain(value[i], `${path}[${i}]`, inside)
    } else if (isPlain(value)) {
      for (const [key, each] of Object.entries(value)) {
        if (each === undefined) continue
        if (key === SEALED_KEY) throw invalid(`${path}.${SEALED_KEY}`, RESERVED)
        this.explain(each, `${path}${property(key)}`, inside)
      }
    } else if (this.#seals && isSecret(value)) {
      this.#explainSecret(value, path, inside)
    } else if (!(this.#dates && isValidDate(value))) {
      throw invalid(path, instanceProblem(value))
    }
  }

  #explainSecret(held: Secret<unknown>, path: string, inside: readonly unknown[]): void {
    if (inside.slice(0, -1).some(isSecret)) throw invalid(path, 'is a secret within a secret: wrap it once')
    this.explain(revealed(held), path, inside)
  }
}

const RESERVED = 'has a name that stands for sealed values: rename it, or wrap the value itself in secret()'

/** A literal object, of this realm or another, or one without a prototype. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null
}

function isValidDate(value: object): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime())
}

function scalarProblem(value: unknown): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return 'is undefined, which JSON would turn into null: leave it out or pass null'
    case 'bigint':
      return 'is a bigint, which JSON cannot hold: pass it as text'
    case 'function':
      return 'is a function, which cannot be stored: pass data'
    case 'symbol':
      return 'is a symbol, which cannot be stored: pass text'
    case 'number':
      return Number.isFinite(value) ? undefined : `is ${value}, which JSON would turn into null: pass a finite number`
    default:
      return undefined
  }
}

function instanceProblem(value: object): string {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime())
      ? 'is an invalid Date'
      : 'is a Date, which the method would get as text: pass toISOString() or getTime(), or give the handler an args schema'
  }
  const name = (value.constructor as { name?: unknown } | undefined)?.name
  const remedy = {
    Map: 'pass [...map] or Object.fromEntries(map)',
    Set: 'pass [...set]',
    Buffer: "pass buffer.toString('base64')",
  }
  const advice = Object.hasOwn(remedy, String(name)) ? remedy[name as keyof typeof remedy] : 'pass a plain object'
  return `is an instance of ${typeof name === 'string' && name !== '' ? name : 'a class'}, which JSON would not bring back: ${advice}`
}

function property(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 50))}]`
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

function invalid(path: string, problem: string): OffstageError {
  return new OffstageError('ARGS_INVALID', `${path} ${problem}`)
}

function tooLarge(maxBytes: number): OffstageError {
  return new OffstageError(
    'ARGS_TOO_LARGE',
    `the arguments are larger than ${maxBytes} bytes of JSON: store the data elsewhere and pass its name, ` +
      'or raise maxArgsBytes',
  )
}
