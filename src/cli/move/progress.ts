import { jobsText } from '../job-text.ts'
import { note } from '../output.ts'
import { Progress } from '../progress.ts'
import type { CarryProgress } from './carry.ts'

const WIDTH = 24
/** How often it is told where nobody watches a bar. */
const EVERY_MS = 10_000

/** Shows how far a move is: a bar on a terminal, a line now and then elsewhere. */
export class MoveProgress {
  readonly #bar = new Progress()
  readonly #begun = performance.now()
  readonly #watched = process.stderr.isTTY === true
  #total: number
  #toldAt = performance.now()

  /** @param total How many there were when it began; more may come. */
  constructor(total: number) {
    this.#total = total
  }

  show({ carried, waitingFor }: CarryProgress): void {
    this.#total = Math.max(this.#total, carried)
    if (this.#watched) {
      this.#bar.show(`${this.#drawn(carried)} ${this.#text(carried, waitingFor)}`)
    } else if (performance.now() - this.#toldAt >= EVERY_MS) {
      this.#toldAt = performance.now()
      note(this.#text(carried, waitingFor))
    }
  }

  end(): void {
    this.#bar.end()
  }

  #drawn(carried: number): string {
    const full = this.#total === 0 ? WIDTH : Math.floor((carried / this.#total) * WIDTH)
    return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}]`
  }

  #text(carried: number, waitingFor: number | undefined): string {
    const seconds = (performance.now() - this.#begun) / 1_000
    const rate = Math.round(carried / Math.max(seconds, 0.001))
    const of = `${carried.toLocaleString('en')} of ${jobsText(this.#total)}`
    if (waitingFor === undefined) return `${of}, ${rate.toLocaleString('en')}/s`
    return `${of}, waiting for ${waitingFor.toLocaleString('en')} that ${waitingFor === 1 ? 'runs' : 'run'}`
  }
}
