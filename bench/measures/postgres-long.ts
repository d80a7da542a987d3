import { setTimeout as sleep } from 'node:timers/promises'
import { defineApp } from '../app/app.ts'
import { fill } from '../app/fill.ts'
import { Tally } from '../app/tally.ts'
import { callInProcess } from '../call.ts'
import { type Context, type Figures, type Measure, median, perSecond, scaled } from '../measure.ts'
import { onServers } from '../servers.ts'

export default {
  title: '3,000,000 no-op jobs in a row on PostgreSQL, enqueued while they are drained',
  sides: ['offstage'],
  postgres: true,
} satisfies Measure

const JOBS = 3_000_000
const AHEAD = 200_000
const WINDOW_MS = 10_000

/** The producer stays ahead by 200,000 jobs, so that neither waits for the other and the tables stay as in use. */
export async function offstage({ folder, scale }: Context): Promise<Figures> {
  const jobs = scaled(JOBS, scale)
  return await onServers(async ({ postgres: database }) => {
    await fill(folder, Math.min(AHEAD, jobs), database)
    const app = defineApp({ folder, database })
    const tally = Tally.expect(jobs)
    const windows: number[] = []
    const producing = callInProcess(import.meta.filename, 'produce', { folder, database, jobs: jobs - AHEAD })
    await app.start()
    let counted = 0
    const watch = setInterval(() => {
      windows.push(tally.seen - counted)
      counted = tally.seen
    }, WINDOW_MS * Math.min(1, scale))
    await tally.done
    clearInterval(watch)
    await producing
    await app.close()
    const whole = windows.length > 1 ? windows.slice(0, -1) : windows
    const middle = median(whole)
    const perWindow = WINDOW_MS * Math.min(1, scale)
    return {
      rate: perSecond(jobs, tally.lastAt - tally.firstAt),
      median: perSecond(middle, perWindow),
      slowest: (100 * Math.min(...whole)) / middle,
    }
  })
}

export async function produce({ jobs, ...given }: { folder: string; database: string; jobs: number }): Promise<void> {
  const { Noop } = await import('../app/jobs.ts')
  const app = defineApp(given)
  const call = Array.from({ length: 1_000 }, () => [Noop, 'run'] as const)
  for (let left = jobs; left > 0; left -= call.length) {
    if ((left / call.length) % 50 === 0) {
      while ((await app.queues.list()).some(({ ready }) => ready > AHEAD)) await sleep(100)
    }
    await app.runBackgroundJobs(call.slice(0, left))
  }
  await app.close()
}
