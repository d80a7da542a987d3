import { setTimeout as pause } from 'node:timers/promises'
import type { WorkerInfo } from '../../store/queried.ts'
import type { Stats } from '../../store/stats.ts'
import type { Store } from '../../store/store.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { onInterrupt } from '../interrupt.ts'
import { onTerminal, print, printJson } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { type Shown, statsLine, statsLines } from '../stats-text.ts'

interface Options extends GlobalOptions {
  watch?: boolean
}

/** What one look may cost, however many jobs there are: some 50 ms beside a million. */
const REQUEST = { windowMs: 3_600_000, sample: 5_000, countTo: 100_000 }
const EVERY_MS = 1_000

export async function stats(_: [], options: Options): Promise<ExitCode> {
  return await withStore(async (store) => {
    if (options.watch) return await watch(store, options.json === true)
    const shown = await look(store)
    if (options.json) printJson(shown)
    else for (const line of statsLines(shown)) print(line)
    return EXIT.ok
  })
}

async function look(store: Store): Promise<Shown> {
  const [stats, workers] = [await store.stats(REQUEST), await store.workers()]
  const count: Record<WorkerInfo['status'], number> = { running: 0, quiet: 0, stopping: 0, lost: 0 }
  for (const { status } of workers) count[status] += 1
  return {
    at: stats.at,
    jobs: stats.jobs,
    more: stats.more,
    workers: count,
    oldestReadyAt: oldest(stats),
    ...rest(stats),
  }
}

function rest({ queues, since, handlers }: Stats): Pick<Stats, 'queues' | 'since' | 'handlers'> {
  return { queues, since, handlers }
}

/** Since when the job that has been due for longest waits, in a queue that is not paused. */
function oldest({ queues }: Stats): Date | null {
  const times = queues.flatMap(({ paused, oldestReadyAt }) => (paused || oldestReadyAt === null ? [] : [oldestReadyAt]))
  return times.sort((a, b) => a.getTime() - b.getTime())[0] ?? null
}

/** On a terminal in place, otherwise a line a second, until it is told to stop. */
async function watch(store: Store, json: boolean): Promise<ExitCode> {
  const stop = new AbortController()
  const ignore = onInterrupt(() => stop.abort())
  try {
    while (!stop.signal.aborted) {
      const shown = await look(store)
      if (json) process.stdout.write(`${JSON.stringify(shown)}\n`)
      else if (onTerminal) draw(statsLines(shown))
      else print(statsLine(shown))
      await pause(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {})
    }
  } finally {
    ignore()
  }
  return EXIT.interrupted
}

/** Over what was drawn before: each line is cleared behind its end, and the screen behind the last. */
function draw(lines: readonly string[]): void {
  const room = (process.stdout.rows || 24) - 1
  const fitting = lines.slice(0, room)
  process.stdout.write(`\u001b[H${fitting.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`)
}
