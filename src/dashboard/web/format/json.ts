export interface JsonPiece {
  kind: 'key' | 'text' | 'word' | 'mark'
  text: string
}

/** One line, as short as it can be: for rows. Cut at `most` characters. */
export function jsonLine(value: unknown, most: number): string {
  const text = JSON.stringify(value) ?? ''
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** The argument list of a job without its outer brackets: `"a@example.com", { "id": 4 }`. */
export function argumentLine(args: readonly unknown[], most: number): string {
  const text = args.map((arg) => JSON.stringify(arg)).join(', ')
  return text.length > most ? `${text.slice(0, most)}…` : text
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)|([\s\S])/g

/** JSON text in pieces of a kind each, for colouring. Text that is not JSON comes back as it is. */
export function jsonPieces(text: string): JsonPiece[] {
  const found: JsonPiece[] = []
  const push = (kind: JsonPiece['kind'], piece: string) => {
    const last = found.at(-1)
    if (last?.kind === kind) last.text += piece
    else found.push({ kind, text: piece })
  }
  for (const [, quoted, colon, word, other] of text.matchAll(TOKEN)) {
    if (quoted !== undefined) {
      push(colon === undefined ? 'text' : 'key', quoted)
      if (colon !== undefined) push('mark', colon)
    } else if (word !== undefined) push('word', word)
    else push('mark', other ?? '')
  }
  return found
}
