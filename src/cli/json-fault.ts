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

  /** One value. What it is nested in is a list of its own: the stack would not hold what JSON.parse reads. */
  #value(): void {
    const open: (']' | '}')[] = []
    do {
      if (!this.#opened(open)) this.#closed(open)
    } while (open.length > 0)
  }

  /** Takes what a value begins with. True when values of its own follow. */
  #opened(open: (']' | '}')[]): boolean {
    const token = this.#peek()
    if (token === undefined || /^[\]},:]$/.test(token)) throw new Fault('a value')
    this.#take()
    if (token !== '[' && token !== '{') return false
    const close = token === '[' ? ']' : '}'
    if (this.#took(close)) return false
    if (this.#peek() === undefined) throw new Fault(token === '[' ? 'a value or "]"' : 'a name in double quotes or "}"')
    open.push(close)
    if (close === '}') this.#name()
    return true
  }

  /** Takes what ends with a value, up to where the next one begins. */
  #closed(open: (']' | '}')[]): void {
    for (let close = open.at(-1); close !== undefined; close = open.at(-1)) {
      if (this.#took(close)) {
        open.pop()
        continue
      }
      if (!this.#took(',')) throw new Fault(`"," or "${close}"`)
      if (close === '}') this.#name()
      return
    }
  }

  #name(): void {
    if (!this.#peek()?.startsWith('"')) throw new Fault('a name in double quotes')
    this.#take()
    this.#expect(':')
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
