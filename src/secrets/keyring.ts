import type { KeyObject } from 'node:crypto'
import { OffstageError } from '../core/errors.ts'

interface Key {
  id: string
  key: KeyObject
}

const KEY_ID = /^[\w-]{1,32}$/
const KEY = /^[A-Za-z0-9+/_-]{43}=?$/
/** Version, key id, initialization vector (12 bytes), ciphertext with its tag (at least 16 bytes). */
const SEALED = /^v1\.([\w-]{1,32})\.([\w-]{16})\.([\w-]{22,})$/
const ALGORITHM = 'aes-256-gcm'
const TAG_BYTES = 16

export const HOW_TO_MAKE_A_KEY = `make one with: node -e "console.log(crypto.randomBytes(32).toString('base64'))"`

// Loaded by the first secret: it takes 10 ms, which every start of a child would pay.
const crypto = () => process.getBuiltinModule('node:crypto')

/**
 * Some keys: the first seals, all of them open. A sealed value says which key opens it, and is bound to its job: it
 * cannot be opened for another.
 */
export class Keyring {
  readonly #first: Key
  readonly #keys: ReadonlyMap<string, Key>

  private constructor(first: Key, keys: ReadonlyMap<string, Key>) {
    this.#first = first
    this.#keys = keys
  }

  /**
   * Reads `OFFSTAGE_SECRET_KEY`: 32 bytes in base64, or several such keys with commas between them, each as
   * `id:base64` or without an id. A key without an id has its own fingerprint for one, so that naming it later does
   * no harm.
   * @throws OffstageError SECRET_KEY_INVALID, which never shows any of it.
   */
  static parse(text: string): Keyring {
    const entries = text.split(',').map((entry) => entry.trim())
    const keys = new Map<string, Key>()
    let first: Key | undefined
    for (const [i, entry] of entries.entries()) {
      const which = entries.length === 1 ? 'it' : `its key number ${i + 1}`
      const colon = entry.indexOf(':')
      const bytes = bytesOf(entry.slice(colon + 1), which)
      const fingerprint = crypto().hash('sha256', bytes, 'hex').slice(0, 12)
      const id = colon === -1 ? fingerprint : entry.slice(0, colon).trim()
      if (!KEY_ID.test(id)) throw invalid(`${which} has an id that is not 1 to 32 letters, digits, _ or -`)
      if (keys.has(id)) throw invalid(`${which} has the id or the bytes of an earlier one`)
      const key = { id, key: crypto().createSecretKey(bytes) }
      first ??= key
      keys.set(id, key)
      if (!keys.has(fingerprint)) keys.set(fingerprint, key)
    }
    if (first === undefined) throw invalid('it is empty')
    return new Keyring(first, keys)
  }

  /** @param json The value, as JSON text. */
  seal(json: string, jobId: string): string {
    const { id, key } = this.#first
    const iv = crypto().randomBytes(12)
    const cipher = crypto().createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(jobId))
    const sealed = Buffer.concat([cipher.update(json, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `v1.${id}.${iv.toString('base64url')}.${sealed.toString('base64url')}`
  }

  /**
   * The value, as JSON text.
   * @throws OffstageError SECRET_KEY_UNKNOWN when it was sealed under a key that is not here; SECRET_CORRUPT when it
   * was changed, belongs to another job, or its key's id stands for another key here.
   */
  open(sealed: string, jobId: string): string {
    const [, id = '', iv = '', text = ''] = SEALED.exec(sealed) ?? []
    if (id === '') throw corrupt('it is not of the form that this version writes')
    const found = this.#keys.get(id)
    if (found === undefined) {
      throw new OffstageError(
        'SECRET_KEY_UNKNOWN',
        `a secret of this job was sealed under the key "${id}", which is not in this worker's OFFSTAGE_SECRET_KEY: ` +
          'add that key there, behind the current one, and restart the worker',
      )
    }
    const bytes = Buffer.from(text, 'base64url')
    const end = bytes.length - TAG_BYTES
    try {
      const decipher = crypto()
        .createDecipheriv(ALGORITHM, found.key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(jobId))
        .setAuthTag(bytes.subarray(end))
      return Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]).toString('utf8')
    } catch {
      throw corrupt(`it was changed or is of another job, or the key "${id}" here is not the one that sealed it`)
    }
  }
}

function bytesOf(text: string, which: string): Buffer {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed, 'base64')
  if (KEY.test(trimmed) && bytes.length === 32) return bytes
  throw invalid(`${which} is not 32 bytes in base64`)
}

function invalid(problem: string): OffstageError {
  return new OffstageError('SECRET_KEY_INVALID', `OFFSTAGE_SECRET_KEY cannot be used: ${problem}; ${HOW_TO_MAKE_A_KEY}`)
}

function corrupt(problem: string): OffstageError {
  return new OffstageError('SECRET_CORRUPT', `a secret of this job cannot be opened: ${problem}; enqueue the job again`)
}
