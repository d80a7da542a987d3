/** What a worker thread runs: started by `runtime/thread.ts`, with a message port of its own. */
import { getHeapStatistics } from 'node:v8'
import { type MessagePort, workerData } from 'node:worker_threads'
import type { ToChild } from './protocol.ts'
import { serve } from './serve.ts'

// Not parentPort, and taken out of workerData: a job's code can neither read nor disturb these messages.
const { configPath, port } = workerData as { configPath: string; port: MessagePort }
delete (workerData as { port?: MessagePort }).port

const exit = process.exit.bind(process)

const take = await serve(configPath, {
  send: (message, body) => port.postMessage([message, body]),
  exit,
  // At its limit a thread dies. One that has come near is replaced before it takes the next job with it.
  isOver: (memoryLimit) => getHeapStatistics().used_heap_size > 0.9 * memoryLimit * 1024 * 1024,
})
port.on('message', ([message, body]: [ToChild, string]) => take(message, body))
port.on('close', () => exit(0))
port.postMessage([{ type: 'ready' }, ''])
