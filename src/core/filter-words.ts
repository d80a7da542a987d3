/** A part of a filter text: a field with its values, or a word that stands alone. */
export interface Word {
  /** Null for a word that stands alone. */
  field: string | null
  /** As in `args.user.id:42`. */
  path: string | undefined
  /** Those of a list are separated by commas. A value in quotes may have anything in it. */
  values: string[]
  /** The values as they were written. */
  written: string
  /** Where it is in the text: from the character `start`, before `end`. */
  start: number
  end: number
  /** Why it cannot be read, where it cannot. */
  fault: string | undefined
}

// A path stands in quotes where it has space, colons or quotes in it: args."first name":Ada
const FIELD = /([A-Za-z][\w-]*)(?:\.("(?:[^"\\]|\\.)*"|[^\s:"]*))?:/sy
const QUOTED = /"(?:[^"\\]|\\.)*"/sy
const BARE = /[^\s"]\S*/y
const BARE_IN_LIST = /[^\s",]+/y
const REST = /\S*/y
const SPACE = /\s*/y

/** Cuts a filter text into its words. @param lists The fields that take several values. */
export function splitWords(text: string, lists: readonly string[]): Word[] {
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at = pattern.lastIndex
    return found
  }

  function word(start: number): Word {
    const field = match(FIELD)
    if (field === null) {
      const [alone = ''] = match(REST) ?? []
      return { field: null, path: undefined, values: [alone], written: alone, start, end: at, fault: undefined }
    }
    const [, name = '', path] = field
    const from = at
    const [values, fault] = readValues(lists.includes(name))
    const key = path?.startsWith('"') ? unquoted(path) : path
    const written = text.slice(from, at)
    return {
      field: name,
      path: key ?? path,
      values,
      written,
      start,
      end: at,
      fault: path !== undefined && key === undefined ? BAD_QUOTES : fault,
    }
  }

  function readValues(isList: boolean): [string[], string | undefined] {
    const values: string[] = []
    for (;;) {
      if (text[at] === '"') {
        const quoted = match(QUOTED)
        if (quoted === null) {
          at = text.length
          return [values, 'the quotes are not closed']
        }
        const value = unquoted(quoted[0])
        if (value === undefined) return [values, BAD_QUOTES]
        values.push(value)
      } else {
        const bare = match(isList ? BARE_IN_LIST : BARE)
        if (bare === null) {
          match(REST)
          return [values, 'a value is missing: write it right behind, or "" for an empty one']
        }
        values.push(bare[0])
      }
      if (at === text.length || /\s/.test(text[at] as string)) return [values, undefined]
      if (!isList || text[at] !== ',') {
        match(REST)
        return [values, 'text stands right behind the closing quote: put a space between']
      }
      at += 1
    }
  }

  const words: Word[] = []
  for (;;) {
    match(SPACE)
    if (at === text.length) return words
    words.push(word(at))
  }
}

const BAD_QUOTES = 'what is in the quotes cannot be read: write \\" for a quote and \\\\ for a backslash'

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}

/** A value as it is written: in quotes where it could be taken for something else. */
export function writtenValue(value: string): string {
  return value !== '' && /^[^\s"][^\s]*$/.test(value) && !/[,\p{Cc}\p{Cs}]/u.test(value) ? value : JSON.stringify(value)
}

export function writtenPath(path: string): string {
  return path !== '' && !/[\s:"\p{Cc}\p{Cs}]/u.test(path) ? path : JSON.stringify(path)
}
