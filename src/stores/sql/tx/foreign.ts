import { OffstageError } from '../../../core/errors.ts'
import type { Value } from '../database.ts'

export type DatabaseKind = 'postgres' | 'mysql' | 'sqlite'

export const KIND_NAMES: Readonly<Record<DatabaseKind, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL or MariaDB',
  sqlite: 'SQLite',
}

/** Somebody else's transaction, brought down to what is needed of it, whatever library it comes from. */
export interface ForeignTransaction {
  /** What it is, in the words of an error: `a Kysely transaction`. */
  readonly what: string
  /** Undefined where it cannot be told; then its first statement tells. */
  readonly kind: DatabaseKind | undefined
  /** True where the library marks every bound value with `?`, whatever its database does. */
  readonly plainMarks?: boolean
  /** What stands for its connection: calls on one connection are made one after the other. */
  readonly connection: object
  /** Runs a statement, never under a name: a prepared statement would stay behind on the caller's connection. */
  all(text: string, values: readonly Value[]): Promise<unknown[]>
  /** Whether there is a transaction to be in. Asked after a first statement that wrote nothing. */
  isOpen?(): boolean | Promise<boolean>
  /** True for what the library throws when the transaction has ended before. */
  isEnded?(error: unknown): boolean
}

export function txInvalid(message: string, cause?: unknown): OffstageError {
  return new OffstageError('TX_INVALID', message, cause === undefined ? undefined : { cause })
}

export function ended(what: string, cause?: unknown): OffstageError {
  return txInvalid(`tx is ${what} that has ended: enqueue before it is committed or rolled back`, cause)
}

/** All codes and messages of an error and of what it was wrapped around. */
export function toldBy(error: unknown): string {
  const told: unknown[] = []
  let current = error as Fields | null | undefined
  for (let depth = 0; current != null && depth < 6; depth++) {
    const { code, errno, message, meta, driverError, cause } = current
    told.push(code, errno, message, typeof meta === 'object' ? JSON.stringify(meta) : undefined)
    current = (cause ?? driverError) as Fields | undefined
  }
  return told.filter((part) => part !== undefined).join(' ')
}

export type Fields = Readonly<Record<string, unknown>>

/** True when it has a method of each of these names. */
export function can(value: Fields, ...names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'function')
}

/** Calls a method of what is only known by its shape. */
export async function call(target: unknown, method: string, ...args: unknown[]): Promise<unknown> {
  return await (target as Record<string, (...given: unknown[]) => unknown>)[method]?.(...args)
}

export function rowsOf(result: unknown): unknown[] {
  return Array.isArray(result) ? result : []
}
