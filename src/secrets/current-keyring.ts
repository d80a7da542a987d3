import { OffstageError } from '../core/errors.ts'
import { HOW_TO_MAKE_A_KEY, Keyring } from './keyring.ts'

const VARIABLE = 'OFFSTAGE_SECRET_KEY'

/** What a child was given: there, the environment does not have it. */
let held: string | undefined
let read: { text: string; keyring: Keyring } | undefined

/** The keys of this process, as text; undefined when it has none. */
export function keyText(): string | undefined {
  const text = held ?? process.env[VARIABLE]
  return text === undefined || text.trim() === '' ? undefined : text
}

/** @throws OffstageError SECRET_KEY_MISSING, SECRET_KEY_INVALID */
export function currentKeyring(): Keyring {
  const text = keyText()
  if (text === undefined) {
    throw new OffstageError(
      'SECRET_KEY_MISSING',
      `secrets need a key in ${VARIABLE}, which is not set here: set the same one for the app and its workers, or ` +
        HOW_TO_MAKE_A_KEY,
    )
  }
  if (read?.text !== text) read = { text, keyring: Keyring.parse(text) }
  return read.keyring
}

/** @throws OffstageError SECRET_KEY_INVALID when there is a key and it cannot be used. */
export function checkKey(): void {
  if (keyText() !== undefined) currentKeyring()
}

/** In a child: what its worker has sent it. */
export function holdKey(text: string): void {
  held = text
}

/** In a child: takes the key out of the environment, where a config module that reads `.env` may have put it. */
export function takeKeyFromEnvironment(): void {
  const text = process.env[VARIABLE]
  if (text === undefined) return
  held ??= text
  delete process.env[VARIABLE]
}

/** The environment without the key. */
export function withoutKey(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // On Windows the case of a name does not matter.
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.toUpperCase() !== VARIABLE))
}
