import { mayHaveSealed, SEALED_KEY } from '../core/secret.ts'
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
  // What a reviver returns is not looked into again: a value that was sealed may hold whatever it likes.
  const args: unknown = JSON.parse(json, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, SEALED_KEY)) return value
    const sealed = (value as Record<string, unknown>)[SEALED_KEY]
    const opened: unknown = JSON.parse(currentKeyring().open(String(sealed), jobId))
    secrets.push(opened)
    return opened
  })
  return secrets.length === 0 ? undefined : { args, secrets }
}
