import { setTimeout as sleep } from 'node:timers/promises'
import { defineApp } from '../app/app.ts'
import { Stamp } from '../app/jobs.ts'
import { Tally } from '../app/tally.ts'
import { callInProcess } from '../call.ts'
import { type Context, type Figures, type Measure, percentile, scaled } from '../measure.ts'

export default {
  title: 'From the call of runBackgroundJob to the first line of the job, an idle worker; and what idling costs',
  sides: ['here', 'elsewhere', 'idle'],
} satisfies Measure

const JOBS = 500
const IDLE_MS = 10_000

/** Enqueued by the worker's own process. */
export async function here({ folder, scale }: Context): Promise<Figures> {
  const app = defineApp({ folder })
  const jobs = scaled(JOBS, scale)
  const tally = Tally.expect(jobs)
  await app.start()
  await enqueueStamps(app, jobs)
  await tally.done
  await app.close()
  return latencies(tally)
}

/** Enqueued by another process on the same file. */
export async function elsewhere({ folder, scale }: Context): Promise<Figures> {
  const app = defineApp({ folder })
  const jobs = scaled(JOBS, scale)
  const tally = Tally.expect(jobs)
  await app.start()
  await callInProcess(import.meta.filename, 'enqueueFromHere', { folder, jobs })
  await tally.done
  await app.close()
  return latencies(tally)
}

export async function enqueueFromHere({ folder, jobs }: { folder: string; jobs: number }): Promise<void> {
  const app = defineApp({ folder })
  await enqueueStamps(app, jobs)
  await app.close()
}

/** The share of one core that the worker's process takes, all its threads together, in per cent. */
export async function idle({ folder, scale }: Context): Promise<Figures> {
  const app = defineApp({ folder })
  await app.start()
  // What starting up has left to do is not idling.
  await sleep(1_000)
  const before = process.cpuUsage()
  const beganAt = performance.now()
  await sleep(IDLE_MS * scale)
  const { user, system } = process.cpuUsage(before)
  const ms = performance.now() - beganAt
  await app.close()
  return { cpu: (user + system) / 10 / ms }
}

async function enqueueStamps(app: ReturnType<typeof defineApp>, jobs: number): Promise<void> {
  for (let i = 0; i < jobs; i++) {
    // Long enough for the worker to be idle again, and in step with none of its timers.
    await sleep(5 + Math.random() * 20)
    await app.runBackgroundJob(Stamp, 'run', [String(process.hrtime.bigint())])
  }
}

/** The first tenth warms up. */
function latencies({ latencies }: Tally): Figures {
  const warm = latencies.slice(Math.floor(latencies.length / 10))
  return { p50: percentile(warm, 0.5), p99: percentile(warm, 0.99) }
}
