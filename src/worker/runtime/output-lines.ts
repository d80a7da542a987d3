import type { Readable } from 'node:stream'

const LONGEST_LINE = 64 * 1024

/** Calls back with each line of a stream; the last one also when no line break ends it. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let begun = ''
  stream.setEncoding('utf8')
  stream.on('data', (piece: string) => {
    const lines = (begun + piece).split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    if (begun.length > LONGEST_LINE) {
      onLine(begun)
      begun = ''
    }
  })
  stream.on('error', () => {})
  stream.on('end', () => {
    if (begun !== '') onLine(begun)
    begun = ''
  })
}

/** The last few lines of something, bounded in number and size. */
export class Tail {
  #lines: string[] = []

  add(line: string): void {
    this.#lines.push(line.length > 500 ? `${line.slice(0, 500)}…` : line)
    if (this.#lines.length > 20) this.#lines.shift()
  }

  clear(): void {
    if (this.#lines.length > 0) this.#lines = []
  }

  lines(): string[] {
    return this.#lines
  }
}
