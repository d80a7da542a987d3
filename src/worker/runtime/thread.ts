import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { withoutKey } from '../../secrets/current-keyring.ts'
import type { FromChild } from '../entry/protocol.ts'
import { thrownError } from '../entry/thrown-error.ts'
import { type Child, type ChildEvents, type Death, END_MS } from './child.ts'
import { ChildPool, type ChildRuntimeOptions } from './child-pool.ts'
import { readLines, Tail } from './output-lines.ts'
import type { Runtime } from './runtime.ts'

const ENTRY = new URL(`../entry/thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** Runs attempts in warm worker threads, one at a time in each. */
export function createThreadRuntime(options: ChildRuntimeOptions): Runtime {
  return new ChildPool('thread', options, (limit, events) => new ThreadChild(options.configPath, limit, events))
}

class ThreadChild implements Child {
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #stderr = new Tail()
  #exited = false

  constructor(configPath: string, heapLimit: number | undefined, events: ChildEvents) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(ENTRY, {
      workerData: { configPath, port: port2 },
      transferList: [port2],
      env: { ...withoutKey(process.env), OFFSTAGE_CONFIG: configPath },
      stdout: true,
      stderr: true,
      ...(heapLimit !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapLimit } }),
    })
    port1.on('message', ([message, body]: [FromChild, string]) => events.onMessage(message, body))
    readLines(this.#worker.stdout, (line) => events.onOutput('info', events.hide(line)))
    readLines(this.#worker.stderr, (line) => {
      const shown = events.hide(line)
      this.#stderr.add(shown)
      events.onOutput('error', shown)
    })
    let uncaught: unknown
    this.#worker.on('error', (error) => {
      uncaught = error
    })
    this.#worker.on('exit', (code) => {
      this.#exited = true
      // What it had sent before it ended may still be on its way.
      for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1)) {
        events.onMessage(...(last.message as [FromChild, string]))
      }
      port1.close()
      events.onExit({ ...howItEnded(code, uncaught, heapLimit), stderr: this.#stderr.lines() })
    })
  }

  send(...message: Parameters<Child['send']>): void {
    if (message[0].type === 'run') this.#stderr.clear()
    this.#port.postMessage(message)
  }

  kill(): void {
    if (!this.#exited) void this.#worker.terminate()
  }

  end(): void {
    this.#port.close()
    setTimeout(() => this.kill(), END_MS).unref()
  }
}

function howItEnded(code: number, uncaught: unknown, heapLimit: number | undefined): Omit<Death, 'stderr'> {
  if (uncaught === undefined) return { how: `exited with code ${code}`, code: `EXIT_${code}` }
  const error = thrownError(uncaught)
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return { how: 'failed', code: error.code ?? 'ERROR', error }
  return heapLimit === undefined
    ? { how: 'ran out of memory (the JavaScript heap was full)', code: 'OUT_OF_MEMORY' }
    : { how: `was over its memory limit of ${heapLimit} MiB`, code: 'MEMORY_LIMIT' }
}
