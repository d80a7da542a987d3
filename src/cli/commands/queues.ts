import { OffstageError } from '../../core/errors.ts'
import { suggestion } from '../../core/nearest.ts'
import { checkPauseReason, checkQueue, given } from '../../core/options.ts'
import type { QueueInfo } from '../../store/queried.ts'
import type { Store } from '../../store/store.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { note, print, printJson } from '../output.ts'
import { type GlobalOptions, withStore } from '../session.ts'
import { type Column, tableLines } from '../table.ts'
import { ago } from '../time-text.ts'

/** How far the jobs of a queue are counted: a tenth of a second's work at most. */
const COUNTED = 1_000_000

/** A sign for what was counted so far only. */
function counted(count: number, more: boolean): string {
  return more ? `${count}+` : String(count)
}

export const QUEUE_COLUMNS: Column<QueueInfo>[] = [
  { title: 'QUEUE', cell: ({ name }) => name, flexible: true },
  {
    title: 'STATUS',
    cell: ({ paused }) => (paused ? 'paused' : 'open'),
    short: ({ paused, pauseReason }) => (!paused ? 'open' : pauseReason === null ? 'paused' : `paused: ${pauseReason}`),
    style: ({ paused }) => (paused ? 'yellow' : 'green'),
  },
  { title: 'READY', cell: ({ ready, more }) => counted(ready, more), align: 'right' },
  { title: 'DELAYED', cell: ({ delayed, more }) => counted(delayed, more), align: 'right' },
  { title: 'RUNNING', cell: ({ running }) => String(running), align: 'right' },
  {
    title: 'DUE SINCE',
    cell: ({ oldestReadyAt }) => oldestReadyAt?.toISOString() ?? '-',
    short: ({ oldestReadyAt }) => (oldestReadyAt === null ? '-' : ago(oldestReadyAt)),
    align: 'right',
    optional: true,
  },
]

export async function listQueues(_: [], options: GlobalOptions): Promise<ExitCode> {
  const queues = await withStore((store) => store.queues(COUNTED))
  if (options.json) printJson(queues)
  else if (queues.length === 0) note('no queues yet: the first job makes one')
  else for (const line of tableLines(QUEUE_COLUMNS, queues)) print(line)
  return EXIT.ok
}

interface PauseOptions extends GlobalOptions {
  reason?: string
}

/** The command that pauses queues, or has them go on. */
export function setPaused(paused: boolean) {
  return async ([names]: [string[]], options: PauseOptions): Promise<ExitCode> => {
    for (const name of names) checkQueue(name, 'queue')
    const reason = given(options.reason, checkPauseReason)
    const wanted = new Set(names)
    const queues = await withStore(async (store) => {
      const known = (await store.queues()).map(({ name }) => name)
      // All of them first: one that is wrong is to leave the others as they are.
      if (!paused) for (const name of wanted) checkKnown(name, known)
      for (const name of wanted) await pause(store, name, paused, known, reason)
      return (await store.queues()).filter(({ name }) => wanted.has(name))
    })
    if (options.json) printJson(queues)
    else for (const { name } of queues) print(`${name} ${paused ? 'paused' : 'resumed'}`)
    return EXIT.ok
  }
}

async function pause(
  store: Store,
  name: string,
  paused: boolean,
  known: readonly string[],
  reason: string | undefined,
): Promise<void> {
  await store.setPaused(name, paused, reason)
  if (!known.includes(name)) note(`the queue ${name} has had no job yet; it is paused for when one comes`)
}

function checkKnown(name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const near = suggestion(name, known) || ': see `offstage queues list`'
  throw new OffstageError('QUEUE_NOT_FOUND', `there is no queue ${name}${near}`)
}
