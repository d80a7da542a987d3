/**
 * What the process that answers the dashboard's queries runs. A process, not a thread: a query that takes too long is in
 * the middle of the database's native code, which nothing but a kill can end.
 */
import { OffstageError } from '../../../core/errors.ts'
import { retrying } from '../../../store/retry.ts'
import { openStore } from '../../../stores/open.ts'
import { PulseLoop } from '../reads/pulse.ts'
import type { ReadContext } from '../reads/read.ts'
import { runRead } from '../reads/reads.ts'
import { toPlainError } from './plain-error.ts'
import { type FromQueries, MOST_PARALLEL, type ToQueries } from './protocol.ts'

// A terminal signals the whole family at once. This one ends with whoever started it, not before.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('disconnect', () => process.exit(0))

function tell(message: FromQueries): void {
  // It may be gone already; the disconnect follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

let opened: Promise<ReadContext> | undefined
const context = async () => await (opened ?? Promise.reject(new OffstageError('CLOSED', 'no database was named')))
const pulse = new PulseLoop(context, (event) => tell({ type: 'change', event }))

async function open({ database, facts, limitMs }: Extract<ToQueries, { type: 'open' }>): Promise<ReadContext> {
  const store = retrying(await openStore(database, { connections: MOST_PARALLEL }), { patienceMs: limitMs })
  tell({ type: 'ready', parallel: store.parallel })
  return { store, facts }
}

process.on('message', (message: ToQueries) => {
  if (message.type === 'open') {
    opened = open(message)
    opened.catch((error: unknown) => tell({ type: 'broken', error: toPlainError(error) }))
  } else if (message.type === 'watch') {
    if (message.on) pulse.start()
    else pulse.stop()
  } else {
    const { id, name, input } = message
    const askedAt = performance.now()
    void context()
      .then((ready) => runRead(ready, name, input))
      .then((json) => tell({ type: 'answer', id, json }))
      .catch((error: unknown) => tell({ type: 'refused', id, error: toPlainError(error) }))
      .finally(() => pulse.answered(performance.now() - askedAt))
  }
})
