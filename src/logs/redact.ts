const SECRET = /passw(?:or)?d|passphrase|secret|token|api[-_]?key|private[-_]?key|authorization|credential|cookie/i

/**
 * The JSON text without the values of keys that sound secret. Only the beginning that will be shown is looked at:
 * a value stands behind its key, so that a key that is not shown has no value that is.
 */
export function redact(json: string, shown: number): string {
  if (!SECRET.test(json.length > shown ? json.slice(0, shown) : json)) return json
  try {
    return JSON.stringify(JSON.parse(json, (key, value) => (SECRET.test(key) ? '[redacted]' : value)))
  } catch {
    return '"[redacted]"'
  }
}
