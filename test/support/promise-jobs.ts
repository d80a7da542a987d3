/**
 * The jobs of the tests in test/promises. Each notes what it does as lines of a file, appended in one write each, so
 * that a test can compare what has really run with what the store says of it.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { allow } from '../../src/core/allow.ts'
import type { HandlerOptions, Isolation } from '../../src/core/handler.ts'
import { currentJob } from '../../src/worker/entry/current-job.ts'

const METHODS = [
  'note',
  'take',
  'flaky',
  'obey',
  'deaf',
  'loop',
  'loopOnce',
  'loopOnAbort',
  'exit',
  'die',
  'dieThenFail',
  'freeze',
  'block',
  'ignore',
] as const
type Method = (typeof METHODS)[number]

const still = new Int32Array(new SharedArrayBuffer(4))

function note(file: string, word: string): void {
  const { id, attempt } = currentJob()
  appendFileSync(file, `${id} ${attempt} ${word} ${process.pid}\n`)
}

class Jobs {
  note(file: string) {
    note(file, 'start')
  }

  /** Takes so long; gives the id of its process, or so many bytes. */
  async take(file: string, ms: number, bytes = 0) {
    note(file, 'start')
    await sleep(ms)
    note(file, 'end')
    return bytes === 0 ? process.pid : 'x'.repeat(bytes)
  }

  /** Fails as often as it is told to, then succeeds. */
  flaky(file: string, failures: number) {
    note(file, 'start')
    if (currentJob().attempt <= failures) throw new Error(`failure ${currentJob().attempt}`)
  }

  async obey(file: string) {
    note(file, 'start')
    const { signal } = currentJob()
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    note(file, 'stopped')
    signal.throwIfAborted()
  }

  /** Never looks at its signal, but leaves the event loop to others. */
  async deaf(file: string) {
    note(file, 'start')
    for (;;) {
      await sleep(20)
      note(file, 'still')
    }
  }

  /** Never gives the event loop back. */
  loop(file: string) {
    note(file, 'start')
    for (;;) {
      Atomics.wait(still, 0, 0, 20)
      note(file, 'still')
    }
  }

  /** The same in its first attempt; the next one just ends. */
  loopOnce(file: string) {
    if (currentJob().attempt === 1) this.loop(file)
    note(file, 'start')
  }

  /** Waits for its signal, and then never gives the event loop back. */
  async loopOnAbort(file: string) {
    note(file, 'start')
    currentJob().signal.addEventListener('abort', () => this.loop(file))
    await sleep(600_000)
  }

  exit(file: string) {
    note(file, 'start')
    process.exit(3)
  }

  die(file: string) {
    note(file, 'start')
    this.#kill()
  }

  /** Its first attempt kills its process; so many after that fail. */
  dieThenFail(file: string, failures: number) {
    note(file, 'start')
    const { attempt } = currentJob()
    if (attempt === 1) this.#kill()
    if (attempt <= failures + 1) throw new Error(`failure ${attempt}`)
  }

  #kill(): never {
    process.kill(process.pid, 'SIGKILL')
    for (;;);
  }

  /** Its first attempt stops its whole process, and ends, late, when that is continued. */
  freeze(file: string) {
    note(file, 'start')
    const { attempt, log, progress } = currentJob()
    if (attempt === 1) process.kill(process.pid, 'SIGSTOP')
    log(`line of attempt ${attempt}`)
    progress({ of: attempt })
    note(file, 'end')
    return `result of attempt ${attempt}`
  }

  /** Blocks its event loop for so long. */
  block(file: string, ms: number) {
    note(file, 'start')
    Atomics.wait(still, 0, 0, ms)
    note(file, 'end')
  }

  /** Its first attempt takes so long, whatever its signal says. */
  async ignore(file: string, ms: number) {
    note(file, 'start')
    const { attempt, log, progress } = currentJob()
    if (attempt === 1) await sleep(ms)
    log(`line of attempt ${attempt}`)
    progress({ of: attempt })
    note(file, 'end')
    return `result of attempt ${attempt}`
  }

  /** Not on the allow-list. */
  secret(file: string) {
    note(file, 'start')
  }
}

export class ProcessJobs extends Jobs {
  static readonly jobName = 'ProcessJobs'
}
export class ThreadJobs extends Jobs {
  static readonly jobName = 'ThreadJobs'
}
export class InlineJobs extends Jobs {
  static readonly jobName = 'InlineJobs'
}

function all(isolation: Isolation): Record<Method, Pick<HandlerOptions, 'isolation'>> {
  return Object.fromEntries(METHODS.map((method) => [method, { isolation }])) as ReturnType<typeof all>
}

export const lanes = {
  process: allow(ProcessJobs, all('process')),
  thread: allow(ThreadJobs, all('thread')),
  inline: allow(InlineJobs, all('inline')),
}
export const classOf = { process: ProcessJobs, thread: ThreadJobs, inline: InlineJobs } as const
