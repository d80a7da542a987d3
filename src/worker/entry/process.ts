/** What a child process runs: started by `runtime/process.ts`, with fd 3 for messages and fd 4 as its lifeline. */
import { writeSync } from 'node:fs'
import { flushCompileCache, getCompileCacheDir } from 'node:module'
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { Decoder, encode, type ToChild } from './protocol.ts'
import { serve } from './serve.ts'

const MESSAGES = 3

// Kept before any job's code can replace them.
const exit = process.exit.bind(process)
const memoryUsage = process.memoryUsage.rss
const pause = new Int32Array(new SharedArrayBuffer(4))

// A terminal or a service manager signals the whole family at once. The worker decides what that means for its
// children: jobs may finish in its grace. Without the worker, the lifeline ends them.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

// Not waited for: it starts by itself, whatever this thread does meanwhile, and it finds the lifeline cut then too. Its
// start takes longer than all the rest of this module.
const watchdog = new Worker(new URL(`./watchdog${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), {
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
})
watchdog.unref()

// Node waits for its threads when it exits, and the watchdog, blocked in a read, would let it wait for ever. So what
// is the last step of process.exit, after the job's own exit handlers, is a kill, with the code told beforehand.
const last = process as unknown as { reallyExit(code?: number): never }
const reallyExit = last.reallyExit.bind(process)
last.reallyExit = (code = 0) => {
  write(encode({ type: 'exit', code }, ''))
  process.kill(process.pid, 'SIGKILL')
  return reallyExit(code)
}

const take = serve(process.env.OFFSTAGE_CONFIG ?? '', {
  send: (message, body) => write(encode(message, body)),
  exit,
  isOver: (memoryLimit) => memoryUsage() > memoryLimit * 1024 * 1024,
})

const socket = new Socket({ fd: MESSAGES })
const serving = await take
const decoder = new Decoder((message, body) => serving(message as ToChild, body))
socket.setEncoding('utf8')
socket.on('data', (piece: string) => decoder.push(piece))
socket.on('end', () => exit(0))
socket.on('error', () => exit(0))
write(encode({ type: 'ready' }, ''))
// Children end by a kill, at which Node would not write what it compiled for the next one.
if (getCompileCacheDir() !== undefined) setImmediate(flushCompileCache)

/**
 * Synchronous, so that everything a job told is on its way before the job can end its process, and so that a job that
 * logs without end is held up instead of filling the memory.
 */
function write(text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(MESSAGES, bytes, written)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') Atomics.wait(pause, 0, 0, 1)
      // The worker is gone, and so will this be, by its watchdog.
      else if (code === 'EPIPE' || code === 'ECONNRESET') return
      else throw error
    }
  }
}
