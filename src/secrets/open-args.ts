import { mayHaveSealed, SEALED_KEY, secret } from '../core/secret.ts'
import { currentKeyring } from './current-keyring.ts'

/** Stored arguments as the method gets them, and what was secret of them. */
export interface Opened {
  args: unknown
  secrets: unknown[]
}

/**
 * Opens the sealed values in stored arguments; undefined when there are none.
 * @throws OffstageError SECRET_KEY_MISSING, SECRET_KEY_INVALID, SECRET_KEY_UNKNOWN, SECRET_CORRUPT; SyntaxError when the
 * arguments are not JSON.
 */
export function openArgs(json: string, jobId: string): Opened | undefined {
  if (!mayHaveSealed(json)) return undefined
  const secrets: unknown[] = []
  const args = openEach(json, jobId, (value) => {
    secrets.push(value)
    return value
  })
  return secrets.length === 0 ? undefined : { args, secrets }
}

/**
 * Stored arguments as they were given to be stored: what is sealed in them is a `secret()` again, to be sealed for
 * another owner.
 * @throws OffstageError as {@link openArgs}.
 */
export function givenArgs(json: string, owner: string): unknown[] {
  return openEach(json, owner, secret) as unknown[]
}

function openEach(json: string, owner: string, replace: (value: unknown) => unknown): unknown {
  // What a reviver returns is not looked into again: a value that was sealed may hold whatever it likes.
  return JSON.parse(json, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, SEALED_KEY)) return value
    const sealed = (value as Record<string, unknown>)[SEALED_KEY]
    return replace(JSON.parse(currentKeyring().open(String(sealed), owner)))
  })
}
