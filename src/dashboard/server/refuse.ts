import { Refused } from './auth/refused.ts'
import { Problem } from './problem.ts'

/** A refusal of the access core as the API's error. */
export function refusedProblem({ status, code, message, detail }: Refused, signIn: 'password' | 'external'): Problem {
  const { field, permission, retryAfterMs } = detail
  return new Problem(status, {
    code,
    message,
    ...(field === undefined ? {} : { field, reason: message }),
    ...(permission === undefined ? {} : { permission }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === 401 ? { signIn } : {}),
  })
}

/** What is no refusal. @throws Problem for what is. */
export function accepted<Value>(value: Value | Refused): Value {
  if (value instanceof Refused) throw refusedProblem(value, 'password')
  return value
}
