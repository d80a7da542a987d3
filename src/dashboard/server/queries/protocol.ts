import type { ChangeEvent } from '../../api.ts'
import type { Facts } from '../reads/read.ts'
import type { ReadInput, ReadName } from '../reads/reads.ts'

/** A server database answers several queries at a time, over so many connections. */
export const MOST_PARALLEL = 2

/** What the process that answers queries is told. */
export type ToQueries =
  | { type: 'open'; database: string; facts: Facts; limitMs: number }
  | { type: 'read'; id: number; name: ReadName; input: ReadInput<ReadName> }
  | { type: 'watch'; on: boolean }

/** What it tells. Answers are JSON already, so that whoever passes them on need not make them. */
export type FromQueries =
  | { type: 'ready'; parallel: number }
  | { type: 'answer'; id: number; json: Uint8Array }
  | { type: 'refused'; id: number; error: PlainError }
  | { type: 'change'; event: ChangeEvent }
  | { type: 'broken'; error: PlainError }

/** An error as it crosses from one process to another. */
export interface PlainError {
  name: string
  code: string | undefined
  message: string
  stack: string | undefined
  transient: boolean
  /** Of an answer that is no fault, such as 404. */
  problem: unknown
}
