/** Shows, where somebody watches, how far a long change is: on one line of stderr that the next one replaces. */
export class Progress {
  readonly #watched = process.stderr.isTTY === true
  #shownAt = 0

  show(text: string): void {
    if (!this.#watched || performance.now() - this.#shownAt < 100) return
    this.#shownAt = performance.now()
    process.stderr.write(`\r\u001b[K${text}`)
  }

  /** Takes the line away again. */
  end(): void {
    if (this.#shownAt > 0) process.stderr.write('\r\u001b[K')
    this.#shownAt = 0
  }
}
