import { LONGEST } from '../../../store/access.ts'
import { Refused } from './refused.ts'

const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u

/** An email address in the form that it is stored and looked for in; undefined for what is none. */
export function normalEmail(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const email = text.trim().normalize('NFC').toLowerCase()
  return email.length <= LONGEST.email && EMAIL.test(email) ? email : undefined
}

export function emailInvalid(): Refused {
  return new Refused('INVALID', 'this is no email address: write it as in ada@example.org', { field: 'email' })
}
