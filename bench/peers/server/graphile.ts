import { Logger, makeWorkerUtils, type RunnerOptions, run } from 'graphile-worker'
import type { OpenPeer, Servers } from './peer.ts'

const silent = new Logger(() => () => {})

/** As its first page shows it. */
export const openGraphile: OpenPeer = (servers) => open(servers, { concurrency: 10 })

/** With what its page on performance recommends for short jobs: a local queue, completions in batches. */
export const openTunedGraphile: OpenPeer = (servers) =>
  open(servers, {
    concurrency: 24,
    preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  })

async function open({ postgres, name }: Servers, options: RunnerOptions) {
  const where = { connectionString: postgres, schema: name, logger: silent }
  const utils = await makeWorkerUtils(where)
  await utils.migrate()
  return {
    one: (data: object) => utils.addJob('noop', data),
    many: (count: number) => utils.addJobs(Array.from({ length: count }, () => ({ identifier: 'noop', payload: {} }))),
    work: (onJob: (data: object) => Promise<void>) =>
      run({
        ...where,
        ...options,
        noHandleSignals: true,
        taskList: { noop: async (payload) => await onJob(payload as object) },
      }),
    close: () => utils.release() as Promise<void>,
  }
}
