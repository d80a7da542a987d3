/**
 * Arguments that must not be seen: how they are marked, stored and shown. The sealing itself is in `src/secrets`.
 */

/** Where a secret keeps its value. A registered symbol, so that two copies of the package know each other's. */
export const SECRET: unique symbol = Symbol.for('offstage.secret')

/** What stands wherever a secret would. */
export const HIDDEN = '[secret]'

/** The only key of the object that stands for a sealed value in stored arguments. No other argument may use it. */
export const SEALED_KEY = '$secret'

const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')

/** A value that is shown nowhere: not printed, not inspected, not turned into JSON or text. Made by {@link secret}. */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  [SECRET](): T {
    return this.#value
  }

  toJSON(): string {
    return HIDDEN
  }

  toString(): string {
    return HIDDEN
  }

  [INSPECT](): string {
    return HIDDEN
  }
}

/**
 * Marks an argument of a job as secret, such as `[secret(token)]` or `[{ url, token: secret(token) }]`: any JSON value.
 * It is sealed under `OFFSTAGE_SECRET_KEY` before it is stored, opened where the job's method is called, which gets
 * the value itself, and shown as `[secret]` everywhere else.
 */
export function secret<T extends string | number | boolean | null>(value: T): Secret<T>
export function secret<T>(value: T): Secret<T>
export function secret<T>(value: T): Secret<T> {
  return new Secret(value)
}

export function isSecret(value: unknown): value is Secret<unknown> {
  return typeof value === 'object' && value !== null && SECRET in value
}

/** The value of a secret, which only what seals it or checks it may ask for. */
export function revealed<T>(held: Secret<T>): T {
  return held[SECRET]()
}

/** The arguments as JSON text, each secret replaced by what `replace` makes of it. */
export function stringifyWith(args: readonly unknown[], replace: (held: Secret<unknown>) => unknown): string {
  return JSON.stringify(args, function (this: Record<string, unknown>, key, value: unknown) {
    // `value` is what toJSON has made of it already.
    const held = this[key]
    return isSecret(held) ? replace(held) : value
  })
}

/** True for stored arguments that have a sealed value in them. A text that merely has these characters is possible. */
export function mayHaveSealed(args: string): boolean {
  // Without the quote before it: a search that begins with a character that is rare is ten times as fast.
  return args.includes('$secret"')
}

/** A sealed value in JSON. Within a text its quotes would be escaped, so that nothing else can look like it. */
const SEALED = /\{\s*"\$secret"\s*:\s*"[^"\\]*"\s*\}/g

/** Stored arguments as they may be shown: with `"[secret]"` for each sealed value. */
export function shownArgs(args: string): string {
  return mayHaveSealed(args) ? args.replace(SEALED, `"${HIDDEN}"`) : args
}
