import { perSecond } from '../measure.ts'
import { type AppOptions, CONFIG, defineApp, environment } from './app.ts'
import { Tally } from './tally.ts'

/** Drains what is in the file with one worker; jobs a second, from the first job's start until all is written. */
export async function drainInline(options: AppOptions, jobs: number): Promise<number> {
  const offstage = defineApp(options)
  const tally = Tally.expect(jobs)
  await offstage.start()
  await tally.done
  await offstage.stop()
  const ms = performance.now() - tally.firstAt
  const completed = await offstage.jobs.count({ status: 'completed' })
  await offstage.close()
  if (completed !== jobs) throw new Error(`${completed} of ${jobs} jobs were completed`)
  return perSecond(jobs, ms)
}

/** The same where jobs run in `children`; the time begins when `warmUp` of the jobs are done and all children are up. */
export async function drainInChildren(
  options: AppOptions,
  { jobs, warmUp, children }: { jobs: number; warmUp: number; children: number },
): Promise<number> {
  Object.assign(process.env, environment(options))
  const offstage = defineApp(options)
  let done = 0
  let beganAt = 0
  const finished = new Promise<void>((resolve) => {
    offstage.on('completed', () => {
      done += 1
      if (done === warmUp) beganAt = performance.now()
      if (done === warmUp + jobs) resolve()
    })
  })
  await offstage.start({ config: CONFIG, concurrency: children })
  await finished
  const ms = performance.now() - beganAt
  await offstage.close()
  return perSecond(jobs, ms)
}
