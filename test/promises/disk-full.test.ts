import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { openStore } from '../../src/stores/open.ts'
import { makeApp } from '../support/app.ts'
import { needs } from '../support/needs.ts'
import { InlineJobs, ProcessJobs } from '../support/promise-jobs.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })

const top = mkdtempSync(join(tmpdir(), 'offstage-full-'))
const disk = join(top, 'disk')
mkdirSync(disk)

/** A small disk of its own. Mounting needs root: elsewhere the reason is shown with the test that is skipped. */
function mountDisk(): string | undefined {
  if (process.platform !== 'linux') return `there is no tmpfs on ${process.platform}`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error).trim()
  }
}

const unmountable = mountDisk()

afterAll(() => {
  if (unmountable === undefined) execFileSync('umount', ['-l', disk])
  rmSync(top, { recursive: true, force: true })
})

/** Takes all the room there is. */
function fill(name: string): void {
  const file = openSync(name, 'a')
  const block = Buffer.alloc(4_096)
  try {
    for (;;) writeSync(file, block)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

async function migrated(url: string): Promise<void> {
  const store = await openStore(url)
  try {
    await store.migrate()
  } finally {
    await store.close()
  }
}

test(
  'a full disk: enqueues are refused, running jobs finish, and the worker goes on when there is room',
  needs(unmountable === undefined, `A full disk was not tested: none can be mounted here: ${unmountable}`),
  async () => {
    await using app = makeApp({ jobs: ['inline', 'process'], folder: join(disk, 'app') })
    const { runBackgroundJob, jobs } = app.offstage
    const notes = join(top, 'notes')
    const closed = `sqlite:${join(disk, 'closed.db')}`
    await migrated(closed)
    const worker = await app.worker()
    const waiting = await runBackgroundJob(InlineJobs, 'note', [notes], { delay: 3 })
    // Their results are larger than what a write may find room for by chance.
    const running = [
      await runBackgroundJob(ProcessJobs, 'take', [notes, 1_500, 60_000]),
      await runBackgroundJob(InlineJobs, 'take', [notes, 1_500, 60_000]),
    ]
    for (const { id } of running) await app.noted(notes, { id })
    fill(join(disk, 'ballast'))
    expect(statfsSync(disk).bavail).toBe(0)
    // What nobody has open finds no room for what SQLite shares between processes.
    await expect(migrated(closed)).rejects.toMatchObject({ code: 'DATABASE_FULL', transient: true })

    const stored: string[] = []
    const refused = await until('an enqueue is refused', async () => {
      const answer = await runBackgroundJob(InlineJobs, 'note', [notes]).catch((error: unknown) => error as Error)
      if (answer instanceof Error) return answer
      stored.push(answer.id)
      return undefined
    })
    expect(refused).toMatchObject({ code: 'DATABASE_FULL', transient: true })
    expect(refused.message).not.toContain('\n')

    // The jobs end; that they have cannot be written, and is not lost.
    for (const { id } of running) await app.noted(notes, { id, word: 'end' })
    await worker.event(({ state }) => state === 'database-away')
    for (const { id } of running) expect((await jobs.get(id))?.status).toBe('running')

    rmSync(join(disk, 'ballast'))
    for (const { id } of running) {
      const job = await jobs.wait(id)
      expect(job).toMatchObject({ status: 'completed', attempt: 1 })
      expect(job.result).toHaveLength(60_000)
    }
    await worker.event(({ state }) => state === 'database-back')
    const next = await runBackgroundJob(InlineJobs, 'note', [notes])
    for (const id of [next.id, waiting.id, ...stored]) {
      expect(await jobs.wait(id)).toMatchObject({ status: 'completed', attempt: 1 })
    }
    expect(app.notes(notes).filter(({ word }) => word === 'start')).toHaveLength(running.length + stored.length + 2)
    expect(await jobs.count()).toBe(running.length + stored.length + 2)
    expect(worker.events.filter(({ event, state }) => event === 'stale' || state === 'lost')).toEqual([])
    expect((await worker.stop()).code).toBe(0)
    expect(app.sqlite((raw) => raw.prepare('pragma integrity_check').get())).toEqual({ integrity_check: 'ok' })
  },
)
