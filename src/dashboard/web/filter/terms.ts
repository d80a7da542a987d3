import { shellWord } from '../../../core/filter-text.ts'
import { splitWords, type Word, writtenValue } from '../../../core/filter-words.ts'

function words(text: string): Word[] {
  return splitWords(text, ['status', 'id'])
}

/** What the text asks for by a field: undefined when it says nothing, or several things. */
export function termOf(text: string, field: string): string | undefined {
  const found = words(text).filter((word) => word.field === field)
  return found.length === 1 && found[0]?.values.length === 1 ? found[0].values[0] : undefined
}

/** The text with that field set, where it stood or at the end; without it when the value is undefined or empty. */
export function withTerm(text: string, field: string, value: string | undefined): string {
  return withWritten(text, field, value === undefined || value === '' ? undefined : writtenValue(value))
}

/** The text with that field asking for one of these ids. */
export function withIds(text: string, ids: readonly string[]): string {
  return withWritten(text, 'id', ids.join(','))
}

function withWritten(text: string, field: string, written: string | undefined): string {
  const all = words(text)
  const at = all.findIndex((word) => word.field === field)
  const parts = all.map(({ start, end }) => text.slice(start, end))
  const word = written === undefined ? [] : [`${field}:${written}`]
  const kept = parts.flatMap((part, index) => (index === at ? word : all[index]?.field === field ? [] : [part]))
  return (at < 0 ? [...kept, ...word] : kept).join(' ')
}

/** The same list on the command line, in the words of the text. */
export function listCommand(filter: string): string {
  const typed = words(filter).map(({ start, end }) => shellWord(filter.slice(start, end)))
  return ['npx offstage jobs list', ...typed].join(' ')
}
