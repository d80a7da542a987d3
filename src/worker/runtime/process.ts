import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { withoutKey } from '../../secrets/current-keyring.ts'
import { Decoder, encode, isFromProcess } from '../entry/protocol.ts'
import { type Child, type ChildEvents, type Death, END_MS } from './child.ts'
import { ChildPool, type ChildRuntimeOptions } from './child-pool.ts'
import { inheritedExecArgv } from './exec-argv.ts'
import { readLines, Tail } from './output-lines.ts'
import type { Runtime } from './runtime.ts'

const ENTRY = fileURLToPath(
  new URL(`../entry/process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
)

/** How long the output of a dead child is waited for: what it has started may hold its stdout open for ever. */
const LAST_OUTPUT_MS = 200

/** Runs attempts in warm child processes, one at a time in each. */
export function createProcessRuntime(options: ChildRuntimeOptions): Runtime {
  return new ChildPool('process', options, (_heapLimit, events) => new ProcessChild(options.configPath, events))
}

class ProcessChild implements Child {
  readonly #process: ReturnType<typeof spawn>
  readonly #messages: Duplex | undefined
  readonly #lifeline: Duplex | undefined
  readonly #stderr = new Tail()
  /** Node has said that its heap is full: a native stack follows, which may push that out of the last lines. */
  #heapIsFull = false
  #ending = false
  #exited = false
  #exitCode: number | undefined
  #reported: Death['error']
  #memory: { limit: number; used?: number } | undefined

  constructor(configPath: string, events: ChildEvents) {
    // No shell, and nothing of a job in the arguments. In a group of its own, so that whatever a job has started can
    // be ended with it, and so that Ctrl-C in a terminal reaches the worker alone.
    this.#process = spawn(process.execPath, [...inheritedExecArgv(process.execArgv), ENTRY], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { ...withoutKey(process.env), OFFSTAGE_CONFIG: configPath },
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.#awaitExit(events)
    // Where there are no file descriptors left, Node makes no streams at all.
    const [, stdout, stderr, messages, lifeline] = (this.#process.stdio ?? []) as unknown as [null, ...Duplex[]]
    this.#messages = messages
    this.#lifeline = lifeline
    if (messages) this.#readMessages(messages, events)
    if (lifeline) this.#readLifeline(lifeline)
    if (stdout) readLines(stdout, (line) => events.onOutput('info', events.hide(line)))
    if (stderr) {
      readLines(stderr, (line) => {
        const shown = events.hide(line)
        this.#stderr.add(shown)
        this.#heapIsFull ||= shown.includes('JavaScript heap out of memory')
        events.onOutput('error', shown)
      })
    }
  }

  send(message: Parameters<Child['send']>[0], body: string): void {
    if (message.type === 'run') {
      this.#memory = undefined
      this.#stderr.clear()
      this.#heapIsFull = false
    }
    this.#messages?.write(encode(message, body))
  }

  checkMemory(limit: number): void {
    this.#memory = { limit }
    this.#lifeline?.write(`${limit}\n`)
  }

  kill(): void {
    if (this.#exited) return
    this.#killFamily()
  }

  end(): void {
    this.#ending = true
    this.#messages?.end()
    setTimeout(() => this.kill(), END_MS).unref()
  }

  #readMessages(messages: Duplex, events: ChildEvents): void {
    const decoder = new Decoder((message, body) => {
      if (this.#reported !== undefined) return
      if (!isFromProcess(message)) {
        this.#reported = { name: 'ProtocolError', message: 'the job wrote into fd 3, which belongs to Offstage' }
        this.kill()
      } else if (message.type === 'exit') this.#exitCode = message.code
      else events.onMessage(message, body)
    })
    messages.setEncoding('utf8')
    messages.on('error', () => {})
    messages.on('data', (piece: string) => decoder.push(piece))
  }

  #readLifeline(lifeline: Duplex): void {
    lifeline.setEncoding('utf8')
    lifeline.on('error', () => {})
    lifeline.on('data', (used: string) => {
      if (this.#memory !== undefined) this.#memory.used = Number(used)
    })
  }

  #awaitExit(events: ChildEvents): void {
    let told = false
    const tell = (death: Pick<Death, 'how' | 'code'>) => {
      if (told) return
      told = true
      for (const stream of this.#process.stdio ?? []) stream?.destroy()
      events.onExit({ ...death, error: this.#reported, stderr: this.#stderr.lines() })
    }
    this.#process.on('error', (error) => {
      // Only when it could not be started: a failed kill is answered by its exit.
      if (this.#process.pid === undefined) {
        this.#exited = true
        tell({ how: `could not be started: ${error.message}`, code: (error as NodeJS.ErrnoException).code ?? 'ERROR' })
      }
    })
    this.#process.on('exit', (code, signal) => {
      this.#exited = true
      if (!this.#ending) this.#killFamily()
      const finish = () => tell(this.#overMemory() ?? howItEnded(this.#exitCode ?? code, signal, this.#heapIsFull))
      this.#process.on('close', finish)
      setTimeout(finish, LAST_OUTPUT_MS)
    })
  }

  #overMemory(): Pick<Death, 'how' | 'code'> | undefined {
    if (this.#memory?.used === undefined) return undefined
    const { limit, used } = this.#memory
    return { how: `was over its memory limit of ${limit} MiB (it used ${used} MiB)`, code: 'MEMORY_LIMIT' }
  }

  #killFamily(): void {
    const { pid } = this.#process
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      this.#process.kill('SIGKILL')
    }
  }
}

const HINT = ' (by somebody, or by the system for want of memory)'

function howItEnded(code: number | null, signal: string | null, heapIsFull: boolean) {
  if (heapIsFull) {
    return { how: 'ran out of memory (the JavaScript heap was full)', code: 'OUT_OF_MEMORY' }
  }
  return code === null
    ? { how: `was ended by ${signal}${signal === 'SIGKILL' ? HINT : ''}`, code: signal ?? 'ERROR' }
    : { how: `exited with code ${code}`, code: `EXIT_${code}` }
}
