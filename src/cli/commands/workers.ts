import { OffstageError } from '../../core/errors.ts'
import { suggestion } from '../../core/nearest.ts'
import type { WorkerInfo } from '../../store/queried.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { note, print, printJson, type Style } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { type Column, tableLines } from '../table.ts'
import { ago } from '../time-text.ts'

type Ask = 'quiet' | 'resume' | 'stop'

const STYLES: Record<WorkerInfo['status'], Style> = {
  running: 'green',
  quiet: 'yellow',
  stopping: 'yellow',
  lost: 'red',
}

const COLUMNS: Column<WorkerInfo>[] = [
  { title: 'WORKER', cell: ({ id }) => id, flexible: true },
  { title: 'STATUS', cell: ({ status }) => status, style: ({ status }) => STYLES[status] },
  { title: 'RUNNING', cell: ({ running, concurrency }) => `${running}/${concurrency}`, align: 'right' },
  { title: 'QUEUES', cell: ({ queues }) => queues, optional: true },
  { title: 'HOST', cell: ({ host }) => host.split('/')[0] ?? host, optional: true },
  { title: 'PID', cell: ({ pid }) => String(pid), align: 'right', optional: true },
  { title: 'VERSION', cell: ({ version }) => version, optional: true },
  {
    title: 'SEEN',
    cell: ({ lastSeenAt }) => lastSeenAt.toISOString(),
    short: ({ lastSeenAt }) => ago(lastSeenAt),
    align: 'right',
  },
]

export async function listWorkers(_: [], options: GlobalOptions): Promise<ExitCode> {
  const workers = await withStore(async (store) => (await store.workers()).map(withoutLease))
  if (options.json) printJson(workers)
  else if (workers.length === 0) note('no worker runs: start one with `offstage work`')
  else for (const line of tableLines(COLUMNS, workers)) print(line)
  return EXIT.ok
}

const DONE: Record<Ask, string> = {
  quiet: 'was asked to claim no more jobs',
  resume: 'was asked to claim jobs again',
  stop: 'was asked to stop',
}

/** The command that leaves word for workers; they find it with their next heartbeat. */
export function askWorkers(what: Ask) {
  return async ([ids]: [string[]], options: GlobalOptions): Promise<ExitCode> => {
    const results = await withStore(async (store) => {
      const workers = await store.workers()
      // All of them first: one that is wrong is to leave the others as they are.
      for (const id of ids) checkWorker(id, workers)
      const asked: { id: string; asked: boolean }[] = []
      for (const id of new Set(ids)) asked.push({ id, asked: await store.ask(id, what) })
      return asked
    })
    if (options.json) printJson(results)
    for (const { id, asked } of results) {
      if (!asked) note(`worker ${id} has ended meanwhile`)
      else if (!options.json) print(`${id} ${DONE[what]}`)
    }
    return results.every(({ asked }) => asked) ? EXIT.ok : EXIT.failed
  }
}

function checkWorker(id: string, workers: readonly WorkerInfo[]): void {
  const worker = workers.find((each) => each.id === id)
  if (worker === undefined) {
    const ids = workers.map((each) => each.id)
    const near = suggestion(id, ids) || ': see `offstage workers list`'
    throw new OffstageError('WORKER_NOT_FOUND', `no worker ${JSON.stringify(id)} runs${near}`)
  }
  if (worker.status === 'lost') {
    const what = `worker ${id} was last seen ${ago(worker.lastSeenAt)} and hears nothing any more`
    throw new OffstageError('WORKER_NOT_FOUND', `${what}: its jobs go to other workers, and it needs no stopping`)
  }
}

function withoutLease({ lease: _, ...worker }: WorkerInfo & { lease: number }): WorkerInfo {
  return worker
}
