/** What could break a line, drive a terminal, or turn the direction of what follows; and halves of characters. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** Text from outside as it can be kept and shown: on one line, at most so many characters (UTF-16 units). */
export function plainText(text: string, longest: number): string {
  const line = text
    .slice(0, longest * 4)
    .replace(UNSAFE, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  if (line.length <= longest) return line
  // Without the half of a character that the cut may leave.
  return `${line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
