/** Control characters and Unicode line ends: what could break a line or drive a terminal. */
const UNSAFE = /[\p{Cc}\u2028\u2029]/u
const UNSAFE_ALL = new RegExp(UNSAFE.source, 'gu')
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text on one line: at most `limit` characters, with everything that is not printable escaped. */
export function oneLine(text: string, limit: number): string {
  const cut = text.length > limit ? `${cutAt(text, limit)}…` : text
  return UNSAFE.test(cut) ? cut.replace(UNSAFE_ALL, escapeCharacter) : cut
}

function escapeCharacter(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Never between the two halves of a character outside the basic plane. */
function cutAt(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit)
}
