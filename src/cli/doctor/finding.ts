/** One thing that was looked at. */
export interface Finding {
  check: string
  level: 'ok' | 'warning' | 'unhealthy'
  /** What was found, on one line. */
  message: string
  /** What to do; with a level that is not ok. */
  remedy?: string
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message }
}

export function warning(check: string, message: string, remedy: string): Finding {
  return { check, level: 'warning', message, remedy }
}

export function unhealthy(check: string, message: string, remedy: string): Finding {
  return { check, level: 'unhealthy', message, remedy }
}

/** What an error says becomes a finding: its message has the remedy in it, after the colon. */
export function broken(check: string, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error)
  return { check, level: 'unhealthy', message }
}
