import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { allow, currentJob, defineOffstage, type Offstage } from '../../src/index.ts'

export class SampleJob {
  process({ data }: { data: string }): string {
    return data.toUpperCase()
  }
  fail(): void {
    throw new Error('boom')
  }
  async hold(): Promise<void> {
    const { signal } = currentJob()
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
}

let folder = ''
const open: Offstage[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-client-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((offstage) => offstage.close()))
  rmSync(folder, { recursive: true })
})

/** A path in the folder of this test. */
export function inFolder(...names: string[]): string {
  return join(folder, ...names)
}

/** An offstage on the database of this test, as another process would have it. Closed after the test. */
export function define(database = 'jobs.db', schedules: Readonly<Record<string, readonly unknown[]>> = {}) {
  const inline = { isolation: 'inline' } as const
  const offstage = defineOffstage({
    database: `sqlite:${inFolder(database)}`,
    jobs: [allow(SampleJob, { process: inline, fail: { ...inline, retries: 0 }, hold: inline })],
    schedules: schedules as Readonly<Record<string, never>>,
    logs: false,
    worker: { poll: '50ms', grace: '200ms' },
  })
  open.push(offstage)
  return offstage
}
