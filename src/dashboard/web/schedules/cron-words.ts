import cronstrue from 'cronstrue'

/** A cron expression in words: `At 09:00, only on Monday`. Undefined for what only the scheduler understands. */
export function cronWords(cron: string): string | undefined {
  try {
    return cronstrue.toString(cron, { use24HourTimeFormat: true })
  } catch {
    return undefined
  }
}
