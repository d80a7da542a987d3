import { type ErrorCode, OffstageError } from '../../../core/errors.ts'
import { Problem } from '../problem.ts'
import type { PlainError } from './protocol.ts'

export function toPlainError(error: unknown): PlainError {
  const { name, message, code, stack } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    code?: string
  }
  const problem = error instanceof Problem ? { status: error.status, body: error.body } : undefined
  return { name, code, message, stack, transient: error instanceof OffstageError && error.transient, problem }
}

export function fromPlainError({ name, code, message, stack, transient, problem }: PlainError): Error {
  if (problem !== undefined) {
    const { status, body } = problem as Pick<Problem, 'status' | 'body'>
    return new Problem(status, body)
  }
  if (name === 'OffstageError') return new OffstageError(code as ErrorCode, message, { transient })
  return Object.assign(new Error(message), { name, ...(stack === undefined ? {} : { stack }) })
}
