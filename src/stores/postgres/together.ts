import { OffstageError } from '../../core/errors.ts'
import type { Question } from './exchange.ts'

interface Asked {
  question: Question
  resolve: (rows: unknown[]) => void
  reject: (error: unknown) => void
}

/**
 * Reads that are asked in the same turn of the event loop go to the server in one message, and their answers come in one.
 * What they come to is mostly the coming and going: a small one by itself costs both sides six times what it costs among
 * others, if they have to be woken for it.
 */
export class Together {
  readonly #send: (questions: readonly Question[]) => Promise<readonly unknown[][]>
  #waiting: Asked[] = []

  constructor(send: (questions: readonly Question[]) => Promise<readonly unknown[][]>) {
    this.#send = send
  }

  ask(question: Question): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject })
      // Behind all that goes on now without waiting for anything: it may have something to ask too.
      if (this.#waiting.length === 1) queueMicrotask(() => process.nextTick(() => void this.#sendAll()))
    })
  }

  async #sendAll(): Promise<void> {
    const asked = this.#waiting
    this.#waiting = []
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
