import type { JobId } from './job.ts'

// A UUIDv7: 48 bits of milliseconds, then 32 bits of counter, then 42 random bits (and 6 bits of version and
// variant). The counter starts anywhere in its lower half each millisecond, so that it does not tell how many
// ids were made, and two processes do not count in step.
const COUNTER_END = 2 ** 32
const POOL_WORDS = 1_024

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Makes a maker of ids. The clock and the randomness are parameters so that tests can hold them still. */
export function createIdMaker(
  now: () => number = Date.now,
  fillRandom: (words: Uint32Array<ArrayBuffer>) => void = (words) => void globalThis.crypto.getRandomValues(words),
): () => JobId {
  const pool = new Uint32Array(POOL_WORDS)
  let used = POOL_WORDS
  let lastMs = -1
  let counter = 0
  let prefix = ''

  function randomWord(): number {
    if (used === POOL_WORDS) {
      fillRandom(pool)
      used = 0
    }
    return pool[used++] as number
  }

  function moveTo(ms: number): void {
    lastMs = ms
    counter = randomWord() >>> 1
    const high = Math.floor(ms / 65_536)
    const low = ms % 65_536
    prefix = `${hex32(high)}-${hex16(low)}-7`
  }

  return () => {
    // A clock that is set back must not bring ids back: time stands still until it has caught up.
    const ms = now()
    if (ms > lastMs) moveTo(ms)
    else if (++counter === COUNTER_END) moveTo(lastMs + 1)

    const top = counter >>> 20
    const middle = (counter >>> 6) & 0x3fff
    const bottom = counter & 0x3f
    const a = randomWord()
    const b = randomWord()
    return (
      `${prefix}${hex16(top).slice(1)}-${hex16(0x8000 | middle)}-` + `${hex16((bottom << 10) | (b & 0x3ff))}${hex32(a)}`
    )
  }
}

function hex16(value: number): string {
  return (HEX[value >>> 8] as string) + (HEX[value & 0xff] as string)
}

function hex32(value: number): string {
  return hex16(value >>> 16) + hex16(value & 0xffff)
}

/** A new job id: a UUIDv7 that is larger than every one this process made before. */
export const newId: () => JobId = createIdMaker()

/** True for a UUIDv7 in its canonical, lower-case text form. */
export function isId(text: unknown): text is JobId {
  return typeof text === 'string' && ID.test(text)
}

/** What every id that is made from that moment on begins with or is larger than; in ms since 1970. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** When an id was made, by the clock of whoever made it. */
export function msOfId(id: JobId): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

const FORM = '00000000-0000-0000-0000-000000000000'

/** True when an id can begin like this; for the whole of an id and for nothing, too. In lower case. */
export function isIdPrefix(text: string): boolean {
  return text.length <= FORM.length && text.replaceAll(/[0-9a-f]/g, '0') === FORM.slice(0, text.length)
}
