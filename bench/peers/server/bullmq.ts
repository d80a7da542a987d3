import { createPostgresBackend, Queue, Worker } from 'bullmq'
import type { OpenPeer, Peer } from './peer.ts'

/** What its documents recommend for jobs that wait more than they compute. */
const CONCURRENCY = 100

export const openBullmqOnRedis: OpenPeer = async ({ redis, name }) => {
  const { hostname: host, port } = new URL(redis)
  const connection = { host, port: Number(port || 6379), maxRetriesPerRequest: null }
  const queue = new Queue(name, { connection })
  return peer(queue, (onJob) => {
    return new Worker(name, async (job) => await onJob(job.data as object), { connection, concurrency: CONCURRENCY })
  })
}

export const openBullmqOnPostgres: OpenPeer = async ({ postgres, name }) => {
  const connection = { connectionString: postgres, schema: name, migrate: true }
  const queue = new Queue(name, { connection }, createPostgresBackend)
  await queue.waitUntilReady()
  return peer(queue, (onJob) => {
    const run = async (job: { data: unknown }) => await onJob(job.data as object)
    return new Worker(name, run, { connection, concurrency: CONCURRENCY }, createPostgresBackend)
  })
}

function peer(queue: Queue, start: (onJob: (data: object) => Promise<void>) => Worker): Peer {
  return {
    one: (data) => queue.add('noop', data),
    many: (count) => queue.addBulk(Array.from({ length: count }, () => ({ name: 'noop', data: {} }))),
    work: async (onJob) => {
      const worker = start(onJob)
      worker.on('error', () => {})
      return { stop: () => worker.close() }
    },
    close: async () => {
      await queue.obliterate({ force: true }).catch(() => {})
      await queue.close()
    },
  }
}
