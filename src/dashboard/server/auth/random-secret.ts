import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits as text that can stand in a cookie, a header or a link. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored of a secret. It has 256 random bits: a slow hash would add nothing. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** True for text that {@link randomSecret} may have made: anything else need not be looked for. */
export function looksRandom(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}
