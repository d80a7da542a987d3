import { Cron } from 'croner'
import { shown } from './duration.ts'
import { OffstageError } from './errors.ts'

/** Five fields, or six with the seconds first; also `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. */
const MODE = '5-or-6-parts'
const LONGEST = 200
const FORM = "use minute, hour, day, month and weekday, as in '0 3 * * MON-FRI', with seconds before them or without"

/**
 * The slots of a cron expression: the moments that it names, in ms since 1970. Where clocks go forward, a slot in the
 * hour that is left out comes at the first moment after it; where they go back, a fixed time of the hour that comes twice
 * comes once (https://github.com/Hexagon/croner).
 */
export class CronSlots {
  readonly #cron: Cron

  /** @throws OffstageError OPTION_INVALID. @param what What the expression is called in errors. */
  constructor(expression: string, timezone: string, what = 'cron') {
    this.#cron = parse(expression, timezone, what)
  }

  /** The first slot behind a moment; undefined when there is none. */
  after(ms: number): number | undefined {
    return this.#cron.nextRun(new Date(ms))?.getTime()
  }

  /** The slots behind a moment up to another, at most so many: the last of them, in their order. */
  between(after: number, upTo: number, most: number): number[] {
    // A slot is a whole second; those before the next one are up to this moment.
    const before = new Date(Math.floor(upTo / 1_000) * 1_000 + 1_000)
    const slots = this.#cron.previousRuns(most, before).map((date) => date.getTime())
    return slots.filter((slot) => slot > after).reverse()
  }
}

function parse(expression: unknown, timezone: string, what: string): Cron {
  const fields = typeof expression === 'string' && expression.length <= LONGEST ? expression.trim().split(/\s+/) : []
  const isNickname = fields.length === 1 && fields[0]?.startsWith('@')
  if (fields.length !== 5 && fields.length !== 6 && !isNickname) throw invalid(what, expression, FORM)
  try {
    // What is paused starts no timer: it only computes.
    return new Cron(fields.join(' '), { timezone, mode: MODE, paused: true })
  } catch (error) {
    const [why = ''] = (error as Error).message.replace(/^Cron\w+: /, '').split('. ')
    throw invalid(what, expression, `${why.replace(/\.$/, '')}; ${FORM}`)
  }
}

/** @throws OffstageError OPTION_INVALID */
export function checkTimezone(value: unknown, what: string): string {
  // Asking for any other costs 12 ms the first time, in each child that loads the config.
  if (value === 'UTC') return value
  try {
    if (typeof value === 'string' && value !== '') return new Intl.DateTimeFormat('en', { timeZone: value }) && value
  } catch {
    // Told below.
  }
  throw invalid(what, value, "use a name such as 'UTC' or 'Europe/Berlin'")
}

function invalid(what: string, value: unknown, remedy: string): OffstageError {
  return new OffstageError('OPTION_INVALID', `${what} is ${shown(value)}: ${remedy}`)
}
