import { HIDDEN, isSecret } from '../../../core/secret.ts'
import { type AccessStore, LONGEST } from '../../../store/access.ts'
import type { Identity } from './identity.ts'
import { plainText } from './plain-text.ts'

/** Somebody who does something: known, or not yet (at sign-in). */
export type Actor = Pick<Identity, 'id' | 'name'>

/** Nobody knows who: a failed sign-in. */
export const SOMEBODY: Actor = { id: '', name: '' }

export interface AuditRecord {
  actor: Actor
  /** Such as `jobs.retry`, `users.change`, `sign-in`. */
  action: string
  /** What it was done to: an id, a name, a filter. What is too long for a target belongs in `detail` too. */
  target?: string
  /** What else is worth knowing. Never arguments of jobs; see {@link safeDetail} for what is left of it. */
  detail?: unknown
  address: string
  /** The code of the error or refusal; without one it is `ok`. */
  result?: string
}

const DEEPEST = 5
const MOST_ENTRIES = 50
const LONGEST_TEXT = 500
const LONGEST_DETAIL = 8_000
const SECRET_KEY = /pass(word|wd|phrase)|secret|token|cookie|credential|authorization|api_?key|^(link|hash|args)$/i

/** Writes down who did what. It throws what the store throws: an action that nobody can answer for is reported. */
export class Audit {
  readonly #access: AccessStore
  readonly #now: () => number

  constructor(access: AccessStore, now: () => number) {
    this.#access = access
    this.#now = now
  }

  async record({ actor, action, target = '', detail, address, result = 'ok' }: AuditRecord): Promise<void> {
    await this.#access.audit({
      at: new Date(this.#now()),
      actor: plainText(actor.id, LONGEST.target),
      actorName: plainText(actor.name, LONGEST.name),
      action: plainText(action, LONGEST.action),
      target: plainText(target, LONGEST.target),
      detail: safeDetail(detail),
      address: plainText(address, LONGEST.address),
      result: plainText(result, LONGEST.action),
    })
  }

  /** Does `work` and writes down that it was done, or with which code it failed. */
  async during<Result>(record: Omit<AuditRecord, 'result'>, work: () => Promise<Result>): Promise<Result> {
    let result: Result
    try {
      result = await work()
    } catch (error) {
      const { code } = (error ?? {}) as { code?: unknown }
      await this.record({ ...record, result: typeof code === 'string' ? code : 'ERROR' })
      throw error
    }
    await this.record(record)
    return result
  }
}

/**
 * What of a detail is kept: plain JSON of limited size, without what is secret by its kind or by the name of its key.
 */
export function safeDetail(detail: unknown): unknown {
  const safe = safeValue(detail, DEEPEST)
  return JSON.stringify(safe).length > LONGEST_DETAIL ? '[too long]' : safe
}

function safeValue(value: unknown, depth: number): unknown {
  if (isSecret(value)) return HIDDEN
  if (typeof value === 'string') return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT - 1)}…` : value
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (typeof value !== 'object' || value === null) return null
  if (depth === 0) return '[too deep]'
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((each) => safeValue(each, depth - 1))
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_ENTRIES)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, SECRET_KEY.test(key) ? HIDDEN : safeValue(each, depth - 1)]),
  )
}
