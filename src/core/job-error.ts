import type { JobError } from './job.ts'

// Bounds, so that one error with a request or a document in its message cannot fill the database.
const MAX_MESSAGE = 8_192
const MAX_STACK = 16_384
const MAX_NAME = 200
const MAX_CAUSES = 8

/**
 * Whatever a job threw, as plain data. Never throws, whatever was thrown: a text, nothing, or an object whose
 * getters throw. At most eight causes deep; a chain that runs in a circle ends where it begins again.
 * @param hide Takes out of each text what must not be stored, before it is cut: half a secret is one too.
 */
export function toJobError(thrown: unknown, hide: (text: string) => string = (text) => text): JobError {
  return convert(thrown, [], (text, length) => shortened(hide(text), length))
}

function convert(thrown: unknown, above: unknown[], cut: (text: string, length: number) => string): JobError {
  if (!isErrorLike(thrown)) return { name: 'Error', message: cut(describe(thrown), MAX_MESSAGE) }
  const error: JobError = {
    name: cut(textOf(thrown, 'name') || 'Error', MAX_NAME),
    message: cut(messageOf(thrown), MAX_MESSAGE),
  }
  const stack = textOf(thrown, 'stack')
  if (stack) error.stack = cut(stack, MAX_STACK)
  const code = read(thrown, 'code')
  if (typeof code === 'string' || typeof code === 'number') error.code = cut(String(code), MAX_NAME)
  const cause = read(thrown, 'cause')
  const chain = [...above, thrown]
  if (cause !== undefined && cause !== null && !chain.includes(cause) && chain.length <= MAX_CAUSES) {
    error.cause = convert(cause, chain, cut)
  }
  return error
}

/** An error of another realm or a stored one is none to `instanceof`, so its form decides. */
function isErrorLike(thrown: unknown): thrown is object {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    (thrown instanceof Error || typeof read(thrown, 'message') === 'string')
  )
}

function messageOf(error: object): string {
  const message = textOf(error, 'message') ?? ''
  const inner = read(error, 'errors')
  if (!Array.isArray(inner) || inner.length === 0) return message
  // An AggregateError says nothing by itself: what went wrong is in its errors.
  const parts = inner.slice(0, 5).map((each) => (isErrorLike(each) ? textOf(each, 'message') : describe(each)) ?? '')
  const rest = inner.length > parts.length ? ` and ${inner.length - parts.length} more` : ''
  return `${message === '' ? 'Several errors' : message}: ${parts.join('; ')}${rest}`
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    if (typeof thrown === 'object' && thrown !== null) return JSON.stringify(thrown) ?? 'an object was thrown'
    return thrown === undefined ? 'undefined was thrown' : String(thrown)
  } catch {
    return 'an object that cannot be shown was thrown'
  }
}

function textOf(error: object, key: string): string | undefined {
  const value = read(error, key)
  return typeof value === 'string' ? value : undefined
}

function read(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}… (${text.length - length} more characters)` : text
}

/** The stored error as an `Error` again, with its name, code, stack and causes. */
export function fromJobError(stored: JobError): Error {
  const error = new Error(
    stored.message,
    stored.cause === undefined ? undefined : { cause: fromJobError(stored.cause) },
  )
  const hidden = { configurable: true, writable: true, enumerable: false }
  Object.defineProperty(error, 'name', { ...hidden, value: stored.name })
  Object.defineProperty(error, 'stack', { ...hidden, value: stored.stack ?? `${stored.name}: ${stored.message}` })
  if (stored.code !== undefined)
    Object.defineProperty(error, 'code', { ...hidden, enumerable: true, value: stored.code })
  return error
}
