/** A database as it may be shown: a URL can hold a password. */
export function shownDatabase(url: string): string {
  return url.replace(/(:\/\/[^/@:\s]*):[^/\s]*@/, '$1:***@').replace(/([?&]\w*(?:pass|secret|key)\w*=)[^&]*/gi, '$1***')
}
