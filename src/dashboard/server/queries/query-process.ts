import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { OffstageError } from '../../../core/errors.ts'
import type { ChangeEvent } from '../../api.ts'
import { queryTimeout } from '../problem.ts'
import type { Facts } from '../reads/read.ts'
import type { ReadInput, ReadName } from '../reads/reads.ts'
import { Awake } from './awake.ts'
import { fromPlainError } from './plain-error.ts'
import { type FromQueries, MOST_PARALLEL, type ToQueries } from './protocol.ts'
import type { Runner } from './queries.ts'

const ENTRY = fileURLToPath(
  new URL(`./process-entry${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
)

const START_MS = 15_000
/** How often it is looked whether one takes too long. */
const LOOKS = 20
const LONGEST_LOOK_MS = 250
/** More that wait their turn are refused: a page would have given up on them. */
const MOST_WAITING = 200

export interface QueryProcessOptions {
  database: string
  facts: Facts
  /** How long one query may take. */
  limitMs: number
  /** Options of Node that the process needs too. */
  execArgv: readonly string[]
  /** Its environment. */
  env: NodeJS.ProcessEnv
  onChange: (event: ChangeEvent) => void
}

interface Call {
  name: ReadName
  input: ReadInput<ReadName>
  /** When it was asked and when the process was given it; of {@link Awake}. */
  since: number
  begunAt: number
  resolve: (json: Uint8Array) => void
  reject: (error: unknown) => void
}

/**
 * Runs reads in a process of their own, over their own connection: neither a worker nor the server waits for a query. The
 * process starts with the first read. One that takes too long is killed with it, and the next read starts another.
 */
export class QueryProcess implements Runner {
  readonly #options: QueryProcessOptions
  readonly #awake: Awake
  #child: ChildProcess | undefined
  #ready = false
  #parallel = 1
  #nextId = 0
  #waiting: Call[] = []
  readonly #running = new Map<number, Call>()
  #watching = false
  /** When that was begun; of {@link Awake}. */
  #startedAt = 0
  #closed = false

  constructor(options: QueryProcessOptions) {
    this.#options = options
    this.#awake = new Awake(Math.min(LONGEST_LOOK_MS, options.limitMs / LOOKS), () => this.#look())
  }

  run(name: ReadName, input: ReadInput<ReadName>): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    if (this.#closed) reject(closed())
    else if (this.#waiting.length >= MOST_WAITING) reject(queryTimeout(this.#options.limitMs))
    else {
      const since = this.#awake.now
      this.#waiting.push({ name, input, since, begunAt: since, resolve, reject })
      this.#next()
      this.#hold()
    }
    return promise
  }

  watch(on: boolean): void {
    this.#watching = on
    if (on) this.#start()
    if (this.#ready) this.#send({ type: 'watch', on })
    this.#hold()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#fail(closed(), [...this.#running.values(), ...this.#waiting])
    this.#waiting = []
    this.#running.clear()
    this.#end()
    this.#hold()
  }

  #next(): void {
    this.#start()
    if (!this.#ready) return
    const { limitMs } = this.#options
    while (this.#running.size < this.#parallel) {
      const call = this.#waiting.shift()
      if (call === undefined) return
      // Others have taken the time: whoever asked has given up by now.
      if (this.#awake.now - call.since > limitMs * 3) {
        call.reject(queryTimeout(limitMs))
        continue
      }
      const id = this.#nextId++
      this.#running.set(id, call)
      call.begunAt = this.#awake.now
      this.#send({ type: 'read', id, name: call.name, input: call.input })
    }
  }

  #look(): void {
    const { now } = this.#awake
    const { limitMs } = this.#options
    const child = this.#child
    if (child !== undefined && !this.#ready && now - this.#startedAt > START_MS) {
      this.#lost(child, startFailed('it did not start in time'))
      return
    }
    const late = [...this.#running].filter(([, { begunAt }]) => now - begunAt >= limitMs)
    if (late.length > 0) this.#tooLong(late)
  }

  #tooLong(late: readonly [number, Call][]): void {
    for (const [id] of late) this.#running.delete(id)
    // The others that it was at are asked again of the next process.
    this.#restart()
    for (const [, call] of late) call.reject(queryTimeout(this.#options.limitMs))
    if (this.#waiting.length > 0 || this.#watching) this.#next()
    this.#hold()
  }

  #start(): void {
    if (this.#child !== undefined || this.#closed) return
    const { database, facts, limitMs, execArgv, env } = this.#options
    const child = fork(ENTRY, {
      execArgv: [...execArgv],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    this.#child = child
    this.#startedAt = this.#awake.now
    this.#awake.count(true)
    child.on('message', (message: FromQueries) => {
      if (this.#child === child) this.#heard(child, message)
    })
    child.on('error', (error) => this.#lost(child, startFailed(error.message)))
    child.on('exit', (code, signal) => this.#lost(child, startFailed(`it ended (${code ?? signal})`)))
    child.unref()
    this.#send({ type: 'open', database, facts, limitMs })
  }

  #heard(child: ChildProcess, message: FromQueries): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true
        this.#parallel = Math.min(message.parallel, MOST_PARALLEL)
        if (this.#watching) this.#send({ type: 'watch', on: true })
        break
      case 'broken':
        this.#lost(child, fromPlainError(message.error))
        return
      case 'change':
        this.#options.onChange(message.event)
        return
      default: {
        const call = this.#running.get(message.id)
        this.#running.delete(message.id)
        if (message.type === 'answer') call?.resolve(message.json)
        else call?.reject(fromPlainError(message.error))
      }
    }
    this.#next()
    this.#hold()
  }

  /** Only while somebody waits for an answer is this a reason for the app not to end. */
  #hold(): void {
    const channel = this.#child?.channel
    const awaited = this.#running.size + this.#waiting.length > 0
    if (awaited) channel?.ref()
    else channel?.unref()
    this.#awake.count(awaited || (this.#child !== undefined && !this.#ready))
  }

  /** It ended by itself, or could not open the database: whoever waits hears of it, and the next read tries again. */
  #lost(child: ChildProcess, error: Error): void {
    if (this.#child !== child) return
    const calls = [...this.#running.values(), ...this.#waiting]
    this.#running.clear()
    this.#waiting = []
    this.#end()
    this.#fail(error, calls)
    this.#hold()
    // Whoever listens for changes asks for nothing else: try again, not at once.
    if (this.#watching) setTimeout(() => this.#watching && this.#start(), 1_000).unref()
  }

  #fail(error: Error, calls: readonly Call[]): void {
    for (const { reject } of calls) reject(error)
  }

  #restart(): void {
    this.#waiting.unshift(...this.#running.values())
    this.#running.clear()
    this.#end()
  }

  #end(): void {
    const child = this.#child
    this.#child = undefined
    this.#ready = false
    child?.kill('SIGKILL')
  }

  #send(message: ToQueries): void {
    // What cannot be sent is answered by the exit that follows.
    this.#child?.send(message, () => {})
  }
}

function closed(): OffstageError {
  return new OffstageError('CLOSED', 'the dashboard is closed')
}

function startFailed(why: string): OffstageError {
  const message = `the process that reads the database for the dashboard is gone: ${why}; it is started again when asked`
  return new OffstageError('DATABASE_UNAVAILABLE', message, { transient: true })
}
