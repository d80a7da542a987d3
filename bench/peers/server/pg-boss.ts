import { PgBoss } from 'pg-boss'
import type { OpenPeer } from './peer.ts'

const BATCH = 500

/**
 * Batched: two loops that fetch 500 and complete them by one call. Its own `work` polls, twice a second at most, so
 * this is the fastest way to use it.
 */
export const openPgBoss: OpenPeer = async ({ postgres, name }) => {
  const boss = new PgBoss({ connectionString: postgres, schema: name, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  await boss.createQueue('noop')
  return {
    one: (data) => boss.send('noop', data),
    many: (count) =>
      boss.insert(
        'noop',
        Array.from({ length: count }, () => ({ data: {} })),
      ),
    work: async (onJob) => {
      let stopped = false
      const loop = async () => {
        while (!stopped) {
          const jobs = await boss.fetch<object>('noop', { batchSize: BATCH })
          await Promise.all(jobs.map(({ data }) => onJob(data)))
          if (jobs.length > 0) {
            await boss.complete(
              'noop',
              jobs.map(({ id }) => id),
            )
          } else await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
      const loops = [loop(), loop()]
      return {
        stop: async () => {
          stopped = true
          await Promise.all(loops)
        },
      }
    },
    close: () => boss.stop({ graceful: false }),
  }
}
