import { formatDuration } from '../core/duration.ts'
import type { Enqueued, JobDetail, JobId } from '../core/job.ts'
import { errorText } from '../logs/log-step.ts'
import { oneLine } from '../logs/one-line.ts'
import type { WorkerInfo } from '../store/queried.ts'
import type { Store } from '../store/store.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { onInterrupt } from './interrupt.ts'
import { statusText } from './job-text.ts'
import { note, print, printJson } from './output.ts'
import type { Session } from './session.ts'

/** Waits for a job that was enqueued just now, and tells what became of it. */
export async function waitForJob(
  { offstage, engine }: Session,
  { id, status }: Enqueued,
  json: boolean,
): Promise<ExitCode> {
  if (!json) print(`${id} ${status}`)
  let ignore = () => {}
  const interrupted = new Promise<undefined>((resolve) => {
    ignore = onInterrupt(() => resolve(undefined))
  })
  await warnIfUnserved(await engine.store(), id)
  const job = await Promise.race([offstage.jobs.wait(id), interrupted])
  ignore()
  if (job === undefined) {
    note(`no longer waiting; the job goes on: \`offstage jobs show ${id}\`, \`offstage jobs cancel ${id}\``)
    return EXIT.interrupted
  }
  report(job, json)
  return job.status === 'completed' ? EXIT.ok : EXIT.failed
}

function report(job: JobDetail, json: boolean): void {
  if (json) printJson(job)
  else if (job.status === 'completed') {
    const span = job.startedAt && job.finishedAt ? job.finishedAt.getTime() - job.startedAt.getTime() : 0
    print(`${job.id} completed in ${formatDuration(span)} (attempt ${job.attempt}/${job.maxAttempts})`)
    if (job.result !== null && job.result !== undefined) print(oneLine(JSON.stringify(job.result), 100_000))
  }
  if (job.status === 'completed') return
  const why = job.error === null ? '' : `: ${errorText(job.error)}`
  note(`${job.class}.${job.method} ${statusText(job)}${why}`)
}

/** A job that nobody serves waits for ever, and so would whoever waits for it: say so. */
async function warnIfUnserved(store: Store, id: JobId): Promise<void> {
  const queue = (await store.get(id))?.queue
  if (queue === undefined || (await store.workers()).some((worker) => serves(worker, queue))) return
  note(`no worker serves the queue ${queue} now; the job waits for one: run \`offstage work\` in another terminal`)
}

function serves({ status, queues }: WorkerInfo, queue: string): boolean {
  if (status !== 'running') return false
  return queues === 'all' || queues.split(',').some((name) => name === queue || name.replace(/:\d+$/, '') === queue)
}
