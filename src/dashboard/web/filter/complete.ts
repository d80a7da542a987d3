import { FILTER_FIELDS } from '../../../core/filter-fields.ts'
import { writtenValue } from '../../../core/filter-words.ts'

/** What there is to be filtered by, as far as the page knows. */
export interface Vocabulary {
  classes: readonly string[]
  methods: readonly string[]
  queues: readonly string[]
  workers: readonly string[]
}

export interface Suggestion {
  /** What takes the place of the word under the caret. */
  text: string
  /** What it is. */
  about: string
}

export interface Completion {
  /** The word under the caret. */
  from: number
  to: number
  suggestions: Suggestion[]
}

const SPANS = ['15m', '1h', '6h', '24h', '7d']
const MOST = 8

/** What the word under the caret could become. */
export function complete(text: string, caret: number, vocabulary: Vocabulary): Completion {
  const from = wordStart(text, caret)
  const rest = text.slice(caret).search(/\s/)
  const to = rest < 0 ? text.length : caret + rest
  const word = text.slice(from, caret)
  const colon = word.indexOf(':')
  const suggestions = colon < 0 ? keys(word) : values(word.slice(0, colon), word.slice(colon + 1), vocabulary)
  return { from, to, suggestions: suggestions.slice(0, MOST) }
}

/** The text with a suggestion put in, and where the caret goes. */
export function accept(text: string, { from, to }: Completion, chosen: string): { text: string; caret: number } {
  // A value is finished, a key waits for one.
  const open = chosen.endsWith(':') || chosen.endsWith('.')
  const after = text.slice(to)
  const space = open || after.startsWith(' ') ? '' : ' '
  const before = text.slice(0, from) + chosen + space
  return { text: before + after, caret: before.length + (open || space !== '' ? 0 : 1) }
}

function wordStart(text: string, caret: number): number {
  let start = 0
  let inQuotes = false
  for (let index = 0; index < caret; index += 1) {
    if (text[index] === '"') inQuotes = !inQuotes
    else if (!inQuotes && /\s/.test(text[index] ?? '')) start = index + 1
  }
  return start
}

function keys(word: string): Suggestion[] {
  return FILTER_FIELDS.filter(({ name }) => name.startsWith(word.toLowerCase())).map(
    ({ name, description, example }) => ({
      text: name === 'args' ? 'args.' : `${name}:`,
      about: `${description}, as ${name}${name === 'args' ? '.' : ':'}${example}`,
    }),
  )
}

function values(key: string, typed: string, vocabulary: Vocabulary): Suggestion[] {
  const wanted = typed.replaceAll('"', '').toLowerCase()
  return candidates(key, vocabulary)
    .filter(([value]) => value.toLowerCase().includes(wanted) && value.toLowerCase() !== wanted)
    .sort(([a], [b]) => Number(b.toLowerCase().startsWith(wanted)) - Number(a.toLowerCase().startsWith(wanted)))
    .map(([value, about]) => ({ text: `${key}:${writtenValue(value)}`, about }))
}

function candidates(key: string, { classes, methods, queues, workers }: Vocabulary): [value: string, about: string][] {
  const named = (values: readonly string[], about: string): [string, string][] => values.map((value) => [value, about])
  switch (key) {
    case 'class':
      return named(classes, 'a class')
    case 'method':
      return named(methods, 'a method')
    case 'queue':
      return named(queues, 'a queue')
    case 'worker':
      return named(workers, 'a worker')
    case 'since':
    case 'until':
      return named(SPANS, 'back from now')
    default:
      return named(FILTER_FIELDS.find(({ name }) => name === key)?.values ?? [], key)
  }
}
