/** How much of a value that a job was given, or has told, is shown: what is longer ends in `…`. */
export interface ShownBounds {
  /** Characters of one text. */
  text: number
  /** Entries of one list or object. */
  entries: number
  depth: number
  /** Characters of all of it together. */
  total: number
}

/** For a row of a list. */
export const IN_ROW: ShownBounds = { text: 200, entries: 20, depth: 6, total: 2_000 }
/** For a page about one job. */
export const ON_PAGE: ShownBounds = { text: 200_000, entries: 10_000, depth: 500, total: 1_000_000 }

const ELLIPSIS = '…'

/** A value of JSON, shortened to the bounds; `cut` says whether anything was left out. */
export class Shortener {
  cut = false
  readonly #bounds: ShownBounds
  #left: number

  constructor(bounds: ShownBounds) {
    this.#bounds = bounds
    this.#left = bounds.total
  }

  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value !== 'object' || value === null) {
      this.#left -= 5
      return value
    }
    if (depth > this.#bounds.depth) return this.#cutOff()
    return Array.isArray(value) ? this.#list(value, depth) : this.#object(value as Record<string, unknown>, depth)
  }

  text(text: string, most = this.#bounds.text): string {
    const length = Math.max(0, Math.min(most, this.#left))
    this.#left -= Math.min(text.length, length)
    if (text.length <= length) return text
    this.cut = true
    return text.slice(0, endOf(text, length)) + ELLIPSIS
  }

  #list(list: readonly unknown[], depth: number): unknown[] {
    const shown: unknown[] = []
    for (const each of list) {
      if (shown.length >= this.#bounds.entries || this.#left <= 0) {
        shown.push(this.#cutOff())
        break
      }
      shown.push(this.value(each, depth + 1))
    }
    return shown
  }

  #object(object: Record<string, unknown>, depth: number): unknown {
    const shown: [string, unknown][] = []
    for (const [key, each] of Object.entries(object)) {
      if (shown.length >= this.#bounds.entries || this.#left <= 0) {
        shown.push([ELLIPSIS, this.#cutOff()])
        break
      }
      shown.push([this.text(key), this.value(each, depth + 1)])
    }
    // As own properties, whatever they are called.
    return Object.fromEntries(shown)
  }

  #cutOff(): string {
    this.cut = true
    return ELLIPSIS
  }
}

/** Never between the two halves of a character outside the basic plane. */
function endOf(text: string, length: number): number {
  const last = text.charCodeAt(length - 1)
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length
}
