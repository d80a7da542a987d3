import { expect, test, vi } from 'vitest'
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts'
import { newJob } from '../../../src/testing/store-suite/jobs.ts'
import { until } from '../../support/until.ts'
import { temporaryFolder } from './temporary.ts'

const watches = vi.hoisted(() => ({ count: 0 }))
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>()
  // The real one; only counted.
  const watch = (file: string, options: object, tell: () => void) => {
    watches.count += 1
    return fs.watch(file, options, tell)
  }
  return { ...fs, watch }
})

test('who has time is told of what others write without watching each write, until somebody is in a hurry', async () => {
  await using folder = await temporaryFolder()
  const path = folder.file('jobs.db')
  const writer = createSqliteStore({ path })
  await writer.migrate()
  const listener = createSqliteStore({ path })
  const calls = { soon: 0, atOnce: 0 }
  const stop = listener.onWake(() => calls.soon++, 'soon')
  await writer.enqueue([newJob()])
  await until('it is called', () => calls.soon > 0)
  expect(watches.count).toBe(0)

  const stopOther = listener.onWake(() => calls.atOnce++)
  expect(watches.count).toBe(1)
  await writer.enqueue([newJob()])
  await until('the other is called too', () => calls.atOnce > 0)
  stop()
  stopOther()
  await listener.close()
  await writer.close()
})
