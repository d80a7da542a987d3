import { HIDDEN, Secret, secret } from '../../core/secret.ts'
import { badRequest } from './problem.ts'

/** As deep as arguments may be: what is deeper is refused where it would be stored. */
const DEEPEST = 500

/**
 * Marks in the arguments what stands at these paths as secret, so that it is sealed before it is stored. A path is keys
 * joined by dots, the number of the argument first: `0.token`.
 * @throws Problem 400 for a path that leads nowhere.
 */
export function markSecrets(args: unknown[], paths: readonly string[]): void {
  // The outermost first: what is within a secret is one already.
  for (const [i, path] of [...paths].sort((a, b) => a.length - b.length).entries()) mark(args, path, i)
}

function mark(args: unknown[], path: string, index: number): void {
  const keys = path.split('.')
  const last = keys.pop() as string
  let at: unknown = args
  for (const key of keys) {
    at = own(at, key)
    if (at instanceof Secret) return
  }
  const value = own(at, last)
  if (value instanceof Secret) return
  if (value === undefined) throw badRequest(`secrets[${index}]`, `is ${JSON.stringify(path)}: no argument is there`)
  ;(at as Record<string, unknown>)[last] = secret(value)
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  // Own and listed only: neither what every object inherits, nor the length of a list.
  return Object.prototype.propertyIsEnumerable.call(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

/**
 * Where arguments still say `[secret]`, as they do where they are shown: a copy would be given that text for a password.
 * Undefined when nowhere.
 */
export function hiddenPath(value: unknown, path = 'args', depth = 0): string | undefined {
  if (value === HIDDEN) return path
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined
  for (const [key, each] of Object.entries(value)) {
    const found = hiddenPath(each, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
