import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker } from 'plainjob'
import { perSecond } from '../measure.ts'

const SILENT = { error() {}, warn() {}, info() {}, debug() {} }
const CALL = 1_000

/** plainjob as its own benchmark sets it up: better-sqlite3, write-ahead log, synchronous = normal. */
export function openPlainjob(folder: string) {
  const connection = better(new Database(`${folder}/plainjob.db`))
  return defineQueue({ connection, logger: SILENT })
}

export async function enqueuePlainjobs({ folder, jobs }: { folder: string; jobs: number }): Promise<void> {
  const queue = openPlainjob(folder)
  const call = Array.from({ length: CALL }, () => ({}))
  for (let left = jobs; left > 0; left -= CALL) queue.addMany('noop', call.slice(0, left))
  queue.close()
}

/** Drains what is in the file with one worker; jobs a second, from the first job's start until all is written. */
export async function drainPlainjob(folder: string, jobs: number): Promise<number> {
  const queue = openPlainjob(folder)
  let done = 0
  let firstAt = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const noop = async () => {
    done += 1
    if (done === 1) firstAt = performance.now()
    if (done === jobs) resolve()
  }
  const worker = defineWorker('noop', noop, { queue, logger: SILENT, pollIntervall: 10 })
  void worker.start()
  await promise
  await worker.stop()
  const ms = performance.now() - firstAt
  queue.close()
  return perSecond(jobs, ms)
}
