/** A database as it may be shown: a URL can hold a password. */
export function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^/@:\s]*):[^/@\s]*@/, '$1:***@')
}
