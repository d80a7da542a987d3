/**
 * A database's URL as it may be shown: without its password. Whatever stands between the user and the last @ is taken for
 * that: a password that nobody has escaped may have any sign in it.
 */
export function shownDatabase(url: string): string {
  return url
    .replace(/(\/\/[^/@:\s]*):.*@/s, '$1:***@')
    .replace(/([?&][^=&]*(?:pass|secret|key)[^=&]*=)[^&]*/gi, '$1***')
}
