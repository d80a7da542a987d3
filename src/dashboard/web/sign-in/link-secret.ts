/** What stands behind the `#` of a link, which no server and no log has seen; taken out of the address at once. */
export function takeSecret(name: 'link' | 'invite'): string | undefined {
  const found = new URLSearchParams(location.hash.slice(1)).get(name) ?? undefined
  if (found !== undefined) history.replaceState(history.state, '', location.pathname + location.search)
  return found
}
