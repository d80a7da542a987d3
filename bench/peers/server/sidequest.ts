import { Job, Sidequest } from 'sidequest'
import type { OpenPeer } from './peer.ts'

/** Sidequest loads this file once more to find the class, so what it calls is kept where both find it. */
const RUN = Symbol.for('offstage.bench.sidequest')
const place = globalThis as { [RUN]?: (data: object) => Promise<void> }

/** In this process and as often as it looks: the fastest way it can be set up. It has no enqueue of many. */
export class Noop extends Job {
  async run(data: object): Promise<void> {
    await place[RUN]?.(data)
  }
}

export const openSidequest: OpenPeer = async ({ postgres }) => {
  const options = {
    backend: { driver: '@sidequest/postgres-backend', config: postgres },
    fork: false,
    runner: 'inline',
    jobPollingInterval: 10,
    maxConcurrentJobs: 100,
    queues: [{ name: 'default', concurrency: 100 }],
    gracefulShutdown: false,
    logger: { level: 'error' },
  } as const
  await Sidequest.configure(options)
  return {
    one: (data) => Sidequest.build(Noop).enqueue(data),
    many: async () => {
      throw new Error('Sidequest enqueues one job a call')
    },
    work: async (onJob) => {
      place[RUN] = onJob
      await Sidequest.start(options)
      return { stop: () => Sidequest.stop() }
    },
    close: async () => {},
  }
}
