import { mayHaveSealed } from '../core/secret.ts'
import { openArgs } from './open-args.ts'
import { REMEMBERED, Redactor } from './redactor.ts'

/**
 * The worker's side of redaction: for what a child writes past its own redactor, straight to a file descriptor. The
 * secrets are opened here only when there is such output to search.
 */
export class OutputRedactor {
  #attempts: { id: string; args: string }[] = []
  #redactor: Redactor | undefined

  /** What is written from now on may have the secrets of this attempt in it. */
  begin(id: string, args: string): void {
    if (!mayHaveSealed(args)) return
    this.#attempts.push({ id, args })
    if (this.#attempts.length > REMEMBERED) this.#attempts.shift()
    this.#redactor = undefined
  }

  hide(text: string): string {
    if (this.#attempts.length === 0) return text
    this.#redactor ??= redactorOf(this.#attempts)
    return this.#redactor.hide(text)
  }
}

function redactorOf(attempts: readonly { id: string; args: string }[]): Redactor {
  const redactor = new Redactor()
  for (const { id, args } of attempts) {
    try {
      redactor.add(openArgs(args, id)?.secrets ?? [])
    } catch {
      // What cannot be opened here could not be opened by the job either.
    }
  }
  return redactor
}
