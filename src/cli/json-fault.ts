/** Where a text stops being JSON, for a message. The engine's own messages say so only for some mistakes. */
export interface JsonFault {
  /** From 0. */
  at: number
  /** As in `expected a value`. */
  expected: string
}

const SPACES = '[ \\t\\n\\r]*'
const TEXT = '"(?:[\\x7f-\\x9f]|[^\\p{Cc}"\\\\]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
const NUMBER = '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+\\-]?[0-9]+)?(?![\\w.])'
const TOKEN = new RegExp(`${SPACES}(${TEXT}|${NUMBER}|(?:true|false|null)(?!\\w)|[\\[\\]\\{\\},:])`, 'uy')
const SPACE = new RegExp(SPACES, 'y')

/** The first place at which a text is no JSON; undefined when it is. */
export function jsonFault(text: string): JsonFault | undefined {
  return new Reader(text).fault()
}

class Fault {
  readonly expected: string
  constructor(expected: string) {
    this.expected = expected
  }
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  fault(): JsonFault | undefined {
    try {
      this.#value()
      if (this.#peek() !== undefined || this.#skipped() < this.#text.length) throw new Fault('nothing more')
      return undefined
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault
      return { at: this.#skipped(), expected: fault.expected }
    }
  }

  #value(): void {
    const token = this.#peek()
    if (token === '[') this.#list('[', ']', () => this.#value(), 'a value or "]"')
    else if (token === '{') this.#list('{', '}', () => this.#member(), 'a name in double quotes or "}"')
    else if (token === undefined || /^[\]},:]$/.test(token)) throw new Fault('a value')
    else this.#take()
  }

  #list(open: string, close: string, item: () => void, first: string): void {
    this.#expect(open)
    if (this.#took(close)) return
    if (this.#peek() === undefined) throw new Fault(first)
    for (;;) {
      item()
      if (this.#took(close)) return
      if (!this.#took(',')) throw new Fault(`"," or "${close}"`)
    }
  }

  #member(): void {
    if (!this.#peek()?.startsWith('"')) throw new Fault('a name in double quotes')
    this.#take()
    this.#expect(':')
    this.#value()
  }

  #expect(token: string): void {
    if (!this.#took(token)) throw new Fault(`"${token}"`)
  }

  #took(token: string): boolean {
    if (this.#peek() !== token) return false
    this.#take()
    return true
  }

  #peek(): string | undefined {
    TOKEN.lastIndex = this.#at
    return TOKEN.exec(this.#text)?.[1]
  }

  #take(): void {
    TOKEN.lastIndex = this.#at
    TOKEN.exec(this.#text)
    this.#at = TOKEN.lastIndex
  }

  /** Behind the white space that follows what was understood. */
  #skipped(): number {
    SPACE.lastIndex = this.#at
    SPACE.exec(this.#text)
    return SPACE.lastIndex
  }
}
