/** Arrays as PostgreSQL reads them: a batch of any size is one statement, with one array for each column. */

export function numbers<Item>(items: readonly Item[], read: (item: Item) => number | null | undefined): string {
  let text = ''
  for (const item of items) text += `,${read(item) ?? 'null'}`
  return `{${text.slice(1)}}`
}

/** With no value at all it is empty: `unnest` fills up with nulls. */
export function texts<Item>(items: readonly Item[], read: (item: Item) => string | null | undefined): string {
  let text = ''
  let some = false
  for (const item of items) {
    const value = read(item)
    if (value === undefined || value === null) text += ',null'
    else {
      some = true
      text += `,"${escaped(value)}"`
    }
  }
  return some ? `{${text.slice(1)}}` : '{}'
}

const SPECIAL = /["\\\0]/
const ALL_SPECIAL = /["\\\0]/g

function escaped(text: string): string {
  // A zero byte is the one thing that a text here cannot hold.
  return SPECIAL.test(text) ? text.replace(ALL_SPECIAL, (sign) => (sign === '\0' ? '\uFFFD' : `\\${sign}`)) : text
}

/** A time that can be stored: whole milliseconds. */
export function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms)
}
