import type { ArgFilter } from './filter.ts'
import { SEALED_KEY } from './secret.ts'

/** Keys that a path may lead through: nothing that people write is nested deeper. */
const LONGEST_PATH = 32

/**
 * True when an argument of the list has the value at the path. The arguments are as they are shown, with `"[secret]"` for
 * each secret, so that nothing of a secret is ever found. A key may itself have dots in it.
 */
export function matchesArg(args: readonly unknown[], { path, value }: ArgFilter): boolean {
  if (path === '') return args.some((arg) => isValue(arg, value))
  const keys = path.split('.')
  if (keys.length > LONGEST_PATH) return false
  const [first = '', ...rest] = keys
  if (/^\d+$/.test(first) && Number(first) < args.length) return leadsTo(args[Number(first)], rest, value)
  return args.some((arg) => leadsTo(arg, keys, value))
}

function leadsTo(from: unknown, keys: readonly string[], value: string): boolean {
  if (keys.length === 0) return isValue(from, value)
  if (typeof from !== 'object' || from === null) return false
  let key = ''
  for (const [index, part] of keys.entries()) {
    key = index === 0 ? part : `${key}.${part}`
    if (key === SEALED_KEY || !Object.hasOwn(from, key)) continue
    if (leadsTo((from as Record<string, unknown>)[key], keys.slice(index + 1), value)) return true
  }
  return false
}

function isValue(found: unknown, value: string): boolean {
  return (typeof found !== 'object' || found === null) && String(found) === value
}
