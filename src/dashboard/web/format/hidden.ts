/**
 * Text of jobs is untrusted. Shown as text it can run nothing, but it could still deceive: by characters that turn the
 * direction of what stands around them, that cannot be seen, or that move a terminal's cursor. Those are shown by name.
 */

export type Piece = { text: string } | { name: string; code: string }

const BIDI: Record<number, string> = {
  1564: 'ALM',
  8206: 'LRM',
  8207: 'RLM',
  8234: 'LRE',
  8235: 'RLE',
  8236: 'PDF',
  8237: 'LRO',
  8238: 'RLO',
  8294: 'LRI',
  8295: 'RLI',
  8296: 'FSI',
  8297: 'PDI',
}

const CONTROLS =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  )

const UNSEEN: Record<number, string> = {
  127: 'DEL',
  173: 'SHY',
  847: 'CGJ',
  4447: 'HCF',
  4448: 'HJF',
  6158: 'MVS',
  8203: 'ZWSP',
  8204: 'ZWNJ',
  8232: 'LSEP',
  8233: 'PSEP',
  8288: 'WJ',
  12644: 'HF',
  65279: 'BOM',
  65440: 'HHF',
}

// Controls but tab and line feed, what formats or cannot be seen, lone halves of pairs, and the tag characters. The
// joiner of emoji (200D) and their selectors (FE0F) stay: without them, names and flags would come apart.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/g

/** The text in pieces: what can be shown as it is, and each hidden character by its name. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const match of text.matchAll(HIDDEN)) {
    // A line that ends as on Windows is a line.
    if (match[0] === '\r' && text[match.index + 1] === '\n') {
      if (match.index > from) found.push({ text: text.slice(from, match.index) })
      from = match.index + 1
      continue
    }
    if (match.index > from) found.push({ text: text.slice(from, match.index) })
    const code = match[0].codePointAt(0) ?? 0
    found.push({ name: nameOf(code), code: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` })
    from = match.index + match[0].length
  }
  if (from < text.length) found.push({ text: text.slice(from) })
  return found
}

function nameOf(code: number): string {
  if (code < 0x20) return CONTROLS[code] ?? ''
  return BIDI[code] ?? UNSEEN[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** As plain text, for titles and the clipboard: `⟨RLO⟩` for a hidden character. */
export function visibleText(text: string): string {
  return pieces(text)
    .map((piece) => ('text' in piece ? piece.text : `⟨${piece.name}⟩`))
    .join('')
}

/** The first line, cut at `most` characters without breaking a pair. */
export function firstLine(text: string, most: number): string {
  const end = text.search(/[\r\n]/)
  const line = end < 0 ? text : text.slice(0, end)
  return line.length > most ? `${cut(line, most)}…` : line
}

/** The first `most` characters, without half of a pair at the end. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const last = text.charCodeAt(most - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most)
}
