import { setInterval as every } from 'node:timers/promises'
import { queuesOf, resolveSettings, type Settings } from '../core/settings.ts'
import type { Worker } from '../worker/worker.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { positiveNumber } from './option-values.ts'
import { note } from './output.ts'
import type { GlobalOptions } from './session.ts'
import { keepHeapSmall } from './small-heap.ts'

export interface WorkerFlags extends GlobalOptions {
  queue?: string
  concurrency?: string
  id?: string
}

/** The settings with what the flags say instead. @throws OffstageError OPTION_INVALID, CONFIG_INVALID */
export function withFlags(settings: Settings, { queue, concurrency, id }: WorkerFlags): Settings {
  const worker = { ...settings.worker }
  if (queue !== undefined) worker.queues = queuesOf(queue, '--queue')
  // Checked as if the config had named it.
  if (id !== undefined) worker.id = resolveSettings({ jobs: [], worker: { id } }).worker.id
  if (concurrency !== undefined) {
    const each = positiveNumber(concurrency, '--concurrency')
    worker.concurrency = { process: each, thread: each, inline: each }
  }
  return { ...settings, worker }
}

/**
 * Runs a worker until it is told to stop: by a signal, by `offstage workers stop`, or by `untilIdle`.
 * The first Ctrl-C or SIGTERM lets running jobs finish within the grace; a second Ctrl-C puts them back at once.
 */
export async function runWorker(worker: Worker, options: { untilIdle?: boolean; graceMs: number }): Promise<ExitCode> {
  keepHeapSmall()
  let interrupted = false
  const ignore = onInterrupt((signal, count) => {
    if (signal !== 'SIGINT') return void worker.stop()
    interrupted = true
    if (count === 1) {
      note(`stopping; running jobs have ${options.graceMs / 1000} s to finish (Ctrl-C again: put them back at once)`)
      void worker.stop()
    } else if (count === 2) void worker.stop({ graceMs: 0 })
    else process.exit(EXIT.interrupted)
  })
  try {
    await worker.start()
    if (options.untilIdle) await stopWhenIdle(worker)
    await worker.stopped
  } finally {
    ignore()
  }
  return interrupted ? EXIT.interrupted : EXIT.ok
}

async function stopWhenIdle(worker: Worker): Promise<void> {
  let stopped = false
  void worker.stopped.then(() => {
    stopped = true
  })
  for await (const _ of every(10)) {
    if (stopped) return
    if (worker.isIdle()) return await worker.stop()
  }
}
