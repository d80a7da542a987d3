import type { WorkerInfo } from '../store/queried.ts'
import type { Store } from '../store/store.ts'
import type { Connection } from './connection.ts'

/** `offstage.workers`: the processes that run jobs, wherever they are. A worker obeys with its next heartbeat. */
export interface WorkersApi {
  list(): Promise<WorkerInfo[]>
  /** Asks a worker to claim nothing more; what runs goes on. False when no worker of that id runs. */
  quiet(workerId: string): Promise<boolean>
  /** Asks a worker to claim again. False when no worker of that id runs. */
  resume(workerId: string): Promise<boolean>
  /** Asks a worker to stop, as SIGTERM does. False when no worker of that id runs. */
  stop(workerId: string): Promise<boolean>
}

export function createWorkersApi({ store }: Connection): WorkersApi {
  const ask = async (workerId: string, what: Parameters<Store['ask']>[1]) => await (await store()).ask(workerId, what)
  return {
    // A lease's number means nothing outside its store.
    list: async () => (await (await store()).workers()).map(({ lease: _, ...worker }) => worker),
    quiet: (workerId) => ask(workerId, 'quiet'),
    resume: (workerId) => ask(workerId, 'resume'),
    stop: (workerId) => ask(workerId, 'stop'),
  }
}
