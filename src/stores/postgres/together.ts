import { OffstageError } from '../../core/errors.ts'
import type { Question } from './exchange.ts'

type Send = (questions: readonly Question[]) => Promise<readonly unknown[][]>

interface Asked {
  question: Question
  isDear: boolean
  resolve: (rows: unknown[]) => void
  reject: (error: unknown) => void
}

/**
 * Reads that are asked in the same turn of the event loop go to the server in one message, and their answers come in one.
 * What they come to is mostly the coming and going: a small one by itself costs both sides six times what it costs among
 * others, if they have to be woken for it. Those that are dear are divided among the connections that are free.
 */
export class Together {
  readonly #send: Send
  readonly #free: () => number
  #waiting: Asked[] = []

  /** @param free How many connections nobody uses. */
  constructor(send: Send, free: () => number) {
    this.#send = send
    this.#free = free
  }

  ask(question: Question, isDear: boolean): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, isDear, resolve, reject })
      // Behind all that goes on now without waiting for anything: it may have something to ask too.
      if (this.#waiting.length === 1) queueMicrotask(() => process.nextTick(() => this.#sendWaiting()))
    })
  }

  #sendWaiting(): void {
    const asked = this.#waiting
    this.#waiting = []
    const dear = asked.filter(({ isDear }) => isDear)
    const groups = Array.from({ length: Math.max(1, Math.min(dear.length, this.#free())) }, (): Asked[] => [])
    for (const each of asked) if (!each.isDear) groups[0]?.push(each)
    for (const [index, each] of dear.entries()) groups[index % groups.length]?.push(each)
    for (const group of groups) void this.#sendAll(group)
  }

  async #sendAll(asked: readonly Asked[]): Promise<void> {
    try {
      const answers = await this.#send(asked.map(({ question }) => question))
      for (const [index, { resolve }] of asked.entries()) resolve(answers[index] as unknown[])
    } catch (error) {
      // What is wrong with one is no matter of the others, that were undone with it. A lost connection is all of theirs.
      if (asked.length === 1 || (error instanceof OffstageError && error.transient)) {
        for (const { reject } of asked) reject(error)
      } else for (const each of asked) this.#sendOne(each)
    }
  }

  #sendOne({ question, resolve, reject }: Asked): void {
    this.#send([question]).then(([rows]) => resolve(rows as unknown[]), reject)
  }
}
