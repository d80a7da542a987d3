import { canRedraw, ELLIPSIS, inLocale, styled } from './output.ts'

/** What the status line says. */
export interface Counts {
  running: number
  /** Undefined until the database has said it. */
  waiting: number | undefined
  delayed: number
  perSecond: number
  completed: number
  failed: number
  retrying: number
}

/** As much as fits the width, the most telling first: `2 running · 14 waiting · 120/s · 1,204 done · 3 failed`. */
export function statusLine(counts: Counts, width: number): string {
  const { running, waiting, delayed, perSecond, completed, failed, retrying } = counts
  const parts: [string, 'red' | 'yellow' | 'cyan' | undefined][] = [
    [`${number(running)} running`, running > 0 ? 'cyan' : undefined],
    [`${waiting === undefined ? ELLIPSIS : number(waiting)} waiting`, undefined],
    [`${number(completed)} done`, undefined],
    [`${number(failed)} failed`, failed > 0 ? 'red' : undefined],
    [perSecond > 0 ? `${perSecond < 10 ? perSecond.toFixed(1) : number(Math.round(perSecond))}/s` : '', undefined],
    [delayed > 0 ? `${number(delayed)} delayed` : '', undefined],
    [retrying > 0 ? `${number(retrying)} retried` : '', 'yellow'],
  ]
  const gap = inLocale(' · ')
  let room = width - 1
  const shown: string[] = []
  for (const [text, style] of parts) {
    if (text === '') continue
    const needed = text.length + (shown.length === 0 ? 0 : gap.length)
    if (needed > room) break
    room -= needed
    shown.push(style === undefined ? text : styled(style, text))
  }
  return shown.join(styled('dim', gap))
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** How many there were a second, over the last few. */
export class Rate {
  readonly #counts = new Map<number, number>()
  static readonly #SECONDS = 5

  add(now: number): void {
    const second = Math.floor(now / 1_000)
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + 1)
    if (this.#counts.size > 2 * Rate.#SECONDS) this.#forget(second)
  }

  /** Of whole seconds only: the one that runs would make it look like a fall. */
  perSecond(now: number): number {
    const second = Math.floor(now / 1_000)
    let sum = 0
    for (const [at, count] of this.#counts) if (at < second && at >= second - Rate.#SECONDS) sum += count
    return sum / Rate.#SECONDS
  }

  #forget(second: number): void {
    for (const at of this.#counts.keys()) if (at < second - Rate.#SECONDS) this.#counts.delete(at)
  }
}

/** The last line of the terminal, redrawn in place. */
export class StatusLine {
  readonly #text: () => string
  #visible = false

  constructor(text: () => string) {
    this.#text = text
  }

  hide(): void {
    if (!this.#visible || !canRedraw) return
    process.stdout.write('\r\u001b[2K')
    this.#visible = false
  }

  show(): void {
    if (!canRedraw) return
    process.stdout.write(`\r\u001b[2K${this.#text()}`)
    this.#visible = true
  }
}
