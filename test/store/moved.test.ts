import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { allow, defineOffstage } from '../../src/index.ts'
import type { Store } from '../../src/store/store.ts'
import { openStore } from '../../src/stores/open.ts'

class SampleJob {
  process() {}
}

let folder = ''
let database = ''
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-moved-'))
  database = `sqlite:${join(folder, 'jobs.db')}`
  store = await openStore(database)
  await store.migrate()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = () =>
  defineOffstage({ database, logs: false, jobs: [allow(SampleJob, { process: { isolation: 'inline' } })] })

const depart = () => store.moving.depart({ to: 'postgres://elsewhere/app', targetId: 'there' }, 'mover')

function warnings(): string[] {
  const told: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation((message) => void told.push(String(message)))
  return told
}

test('whoever opens a database that was moved is warned, and what it enqueues is stored', async () => {
  const told = warnings()
  await depart()
  await store.moving.departed('mover')
  const offstage = open()
  for (let n = 0; n < 3; n++) await offstage.runBackgroundJob(SampleJob, 'process')
  expect(told).toEqual([
    expect.stringMatching(/^this database was moved to postgres:\/\/elsewhere\/app at .* run once more$/),
  ])
  expect(await store.count({ status: 'pending' })).toBe(3)
  await offstage.close()
})

test('a producer that has it open already is told when it goes on enqueueing', async () => {
  const told = warnings()
  vi.useFakeTimers({ toFake: ['performance'] })
  const offstage = open()
  await offstage.runBackgroundJob(SampleJob, 'process')
  await depart()
  await offstage.runBackgroundJob(SampleJob, 'process')
  expect(told).toEqual([])
  vi.advanceTimersByTime(31_000)
  await offstage.runBackgroundJob(SampleJob, 'process')
  await vi.waitFor(() => expect(told).toEqual([expect.stringContaining('this database is being moved to')]))
  await offstage.close()
})

test('a worker tells it by an event, which goes to its log', async () => {
  warnings()
  await depart()
  const offstage = open()
  const events: string[] = []
  offstage.on('worker', ({ state, message }) => void (state === 'warning' && events.push(message)))
  await offstage.start()
  await vi.waitFor(() => expect(events).toEqual([expect.stringContaining('being moved to postgres://elsewhere')]))
  await offstage.close()
})
