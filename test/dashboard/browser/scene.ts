import { until } from '../../support/until.ts'
import { Hostile, Mailer, ReportJob, type Stage } from './stage.ts'

const PLANS = ['pro', 'team', 'free'] as const

/** A day in the life of an app: jobs in every status, two causes of failure, queues, tags, delays. */
export async function setScene({ offstage }: Stage) {
  const { runBackgroundJob, jobs } = offstage
  const ids = { failed: '', broken: '', completed: '', running: '', delayed: '', cancelled: '' }
  for (let number = 0; number < 24; number += 1) {
    const plan = PLANS[number % 3] ?? 'pro'
    const email = `person${number}@example.com`
    const { id } = await runBackgroundJob(Mailer, 'welcome', [{ email, plan }], { queue: 'mail', tags: ['welcome'] })
    if (plan === 'free') ids.failed = id
    else ids.completed = id
  }
  for (let month = 1; month <= 4; month += 1) {
    const { id } = await runBackgroundJob(ReportJob, 'build', [month, { broken: month % 2 === 0 }], {
      queue: 'reports',
      priority: 'high',
    })
    if (month % 2 === 0) ids.broken = id
  }
  const later = { delay: '2h', queue: 'reports', priority: 'low' } as const
  ids.delayed = (await runBackgroundJob(ReportJob, 'build', [12], later)).id
  ids.cancelled = (await runBackgroundJob(ReportJob, 'build', [11], later)).id
  await jobs.cancel(ids.cancelled)
  ids.running = (await runBackgroundJob(ReportJob, 'hold', [], { queue: 'reports' })).id
  await runBackgroundJob(Hostile, 'speak', ['<b>bold</b> \u202Egnp.exe', 'fails'])
  await until('all but the held job have ended', async () => {
    const running = await jobs.count({ status: 'running' })
    return running === 1 && (await jobs.count({ status: 'pending' })) === 1
  })
  return ids
}
