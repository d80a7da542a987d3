import { callInProcess } from '../call.ts'
import { type AppOptions, defineApp } from './app.ts'
import { Noop } from './jobs.ts'

const CALL = 1_000

/** Enqueues no-op jobs in a process of its own, so that the one that is measured has not seen them. */
export async function fill(folder: string, jobs: number, database?: string, queue?: string): Promise<void> {
  await callInProcess(import.meta.filename, 'enqueueNoops', { folder, jobs, database, queue })
}

export async function enqueueNoops({ jobs, ...app }: AppOptions & { jobs: number }): Promise<void> {
  const offstage = defineApp(app)
  const call = Array.from({ length: CALL }, () => [Noop, 'run'] as const)
  for (let left = jobs; left > 0; left -= CALL) await offstage.runBackgroundJobs(call.slice(0, left))
  await offstage.close()
}
