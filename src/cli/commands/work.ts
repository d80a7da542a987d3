import type { Events } from '../../core/events.ts'
import type { Worker } from '../../worker/worker.ts'
import type { ExitCode } from '../exit-code.ts'
import { type HealthFlags, serveHealth } from '../health-server.ts'
import { goOnUnprinted, note, printJson } from '../output.ts'
import { withOffstage } from '../session.ts'
import { runWorker, type WorkerFlags, withFlags } from '../worker-session.ts'

interface Options extends WorkerFlags, HealthFlags {
  once?: boolean
  drain?: boolean
}

/** Works until it is told to stop. Says only what concerns the worker; the steps of jobs are in the log files. */
export async function work(_: [], options: Options): Promise<ExitCode> {
  return await withOffstage(async (session) => {
    const { events } = session.engine
    const flags = options.once ? { ...options, concurrency: '1' } : options
    const settings = withFlags(session.engine.settings, flags)
    events.on('worker', ({ message }) => note(message))
    if (!options.json) goOnUnprinted()
    const counts = countEnds(events)
    let worker: Worker | undefined
    // Before the worker: while it waits for the database, it is alive and not ready.
    const health = await serveHealth(options, session.engine.store, () => worker?.id ?? '')
    try {
      worker = await session.engine.createWorker(settings, session.configPath)
      if (options.once) stopAfterOne(events, worker)
      const untilIdle = options.once === true || options.drain === true
      const code = await runWorker(worker, { untilIdle, graceMs: settings.worker.graceMs })
      if (options.json) printJson({ workerId: worker.id, ...counts })
      return code
    } finally {
      await health?.close()
    }
  })
}

const ENDS = ['completed', 'retrying', 'failed', 'cancelled', 'snoozed'] as const
type Counts = Record<(typeof ENDS)[number], number>

function countEnds(events: Events): Counts {
  const counts: Counts = { completed: 0, retrying: 0, failed: 0, cancelled: 0, snoozed: 0 }
  for (const name of ENDS) events.on(name, () => void counts[name]++)
  return counts
}

function stopAfterOne(events: Events, worker: Worker): void {
  // Quiet from the start of the first job: what would be claimed while it runs could not be given back unstarted.
  let first: string | undefined
  events.on('running', ({ id }) => {
    first ??= id
    worker.quiet()
  })
  for (const name of [...ENDS, 'released'] as const) {
    events.on(name, ({ id }) => {
      // Another one is what the worker gave back unstarted.
      if (id === (first ?? id)) void worker.stop()
    })
  }
}
