/**
 * What keeps a worker's lease, in a thread of its own: a job that blocks the worker's event loop must not make it look
 * dead. With its own connection, since the worker's may be in the middle of something.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Heartbeat, JobKey } from '../../store/store.ts'
import { openStore } from '../../stores/open.ts'
import { keepLease, type LeaseFacts } from './keep-lease.ts'

export interface KeeperData extends Omit<LeaseFacts, 'endsAt'> {
  database: string
  /** When it ends unless it is renewed: as `endsAt`, but since 1970, which all threads count from. */
  endsAtEpoch: number
}

export type FromKeeper =
  | { type: 'beat'; beat: Heartbeat }
  /** The lease was lost, or could not be renewed and is about to end. */
  | { type: 'lost'; message: string }
/** The worker has seen these; it now sees to it that they end. */
export type ToKeeper = { type: 'seen'; keys: JobKey[] } | { type: 'stop' }

const { database, endsAtEpoch, ...facts } = workerData as KeeperData
const port = parentPort as NonNullable<typeof parentPort>
const tell = (message: FromKeeper) => port.postMessage(message)

const keeper = keepLease(
  { ...facts, endsAt: endsAtEpoch - performance.timeOrigin },
  () => openStore(database, { connections: 1 }),
  {
    beat: (beat) => tell({ type: 'beat', beat }),
    lost: (message) => tell({ type: 'lost', message }),
  },
)
port.on('message', (message: ToKeeper) => {
  if (message.type === 'stop') keeper.stop()
  else keeper.seen(message.keys)
})
await keeper.ended
// Whatever still waits for a database that does not answer ends with the thread.
process.exit()
