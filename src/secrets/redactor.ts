import { inspect } from 'node:util'
import { HIDDEN } from '../core/secret.ts'

/** Shorter texts are not looked for: they would be found everywhere. */
const SHORTEST = 4
/** The fewest digits (with sign and point) of a number that is looked for. */
const SHORTEST_NUMBER = 6
/** The shortest part of a base64 text that is looked for, since it may be part of anything. */
const SHORTEST_PART = 8
/** What one attempt has opened is remembered for so many more: a warm child may keep a client with an older token. */
export const REMEMBERED = 20

/** Finds secrets in what is about to leave a job, in each of the forms that they usually take, and takes them out. */
export class Redactor {
  #remembered: (readonly string[])[] = []
  #forms: readonly string[] = []

  /** From now on also takes these out: their texts, however deep. */
  add(secrets: readonly unknown[]): void {
    const forms = new Set<string>()
    for (const each of secrets) collect(each, forms)
    this.#remembered.push([...forms])
    if (this.#remembered.length > REMEMBERED) this.#remembered.shift()
    this.#forms = [...new Set(this.#remembered.flat())]
  }

  /** An arrow function, so that it can be handed on. */
  readonly hide = (text: string): string => {
    let found: [start: number, end: number][] | undefined
    for (const form of this.#forms) {
      // From the next character on, not from behind the find: what overlaps itself would leave its end.
      for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
        found ??= []
        found.push([at, at + form.length])
      }
    }
    return found === undefined ? text : without(text, found)
  }

  /** The same for JSON text, which stays JSON: keys, texts, and numbers whose digits are a secret's. */
  hideJson(json: string): string {
    if (this.hide(json) === json) return json
    try {
      return JSON.stringify(this.#hideIn(JSON.parse(json)))
    } catch {
      // Nested deeper than can be walked.
      return JSON.stringify(HIDDEN)
    }
  }

  #hideIn(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value)
    if (typeof value === 'number') return this.hide(String(value)) === String(value) ? value : HIDDEN
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((each) => this.#hideIn(each))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [this.hide(key), this.#hideIn(each)]))
  }
}

function collect(value: unknown, forms: Set<string>): void {
  if (typeof value === 'string') addForms(value, forms)
  else if (typeof value === 'number' && String(value).length >= SHORTEST_NUMBER) forms.add(String(value))
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) collect(each, forms)
}

function addForms(text: string, forms: Set<string>): void {
  if (text.length < SHORTEST) return
  const escaped = inJson(text)
  const whole = text.toWellFormed()
  const bytes = Buffer.from(text)
  for (const form of [
    text,
    escaped,
    inJson(escaped),
    inspect(text, { breakLength: Number.POSITIVE_INFINITY }).slice(1, -1),
    encodeURIComponent(whole),
    encodeURI(whole),
    new URLSearchParams([['', whole]]).toString().slice(1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...base64Parts(bytes),
  ]) {
    forms.add(form)
  }
  // Output is kept line by line, and so are these.
  for (const line of text.split(/[\r\n]+/)) if (line.trim().length >= SHORTEST) forms.add(line.trim())
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** What is left of it in the base64 of a longer text, such as `user:password`, wherever in it the secret begins. */
function base64Parts(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const part = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
    return part.length < SHORTEST_PART ? [] : [part, part.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

function without(text: string, found: [start: number, end: number][]): string {
  let shown = ''
  let end = 0
  for (const [from, to] of found.sort((a, b) => a[0] - b[0])) {
    if (from > end || end === 0) shown += text.slice(end, from) + HIDDEN
    end = Math.max(end, to)
  }
  return shown + text.slice(end)
}
