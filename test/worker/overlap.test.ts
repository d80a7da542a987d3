import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { makeRig } from './rig.ts'

const JOBS = Array.from({ length: 2_000 }, (_, index) => String(index))

/** Each answer takes some milliseconds, there and back; tells which calls were under way together. */
function slowly(together: Set<string>) {
  const underWay: string[] = []
  return async (name: string, call: () => Promise<unknown>) => {
    for (const other of underWay) together.add(`${other}+${name}`)
    underWay.push(name)
    await pause(1 + Math.random() * 4)
    const answer = await call()
    await pause(1 + Math.random() * 4)
    underWay.splice(underWay.indexOf(name), 1)
    return answer
  }
}

describe('a worker far from its database', () => {
  test('claims while it settles, and each job is completed once', async () => {
    const runs = new Map<string, number>()
    const work = async (data: string) => {
      const run = (runs.get(data) ?? 0) + 1
      runs.set(data, run)
      if (Number(data) % 7 === 0) await pause(1)
      if (Number(data) % 10 === 0 && run < 3) throw new Error('again')
    }
    await using rig = await makeRig({ parallel: 4, work })
    const together = new Set<string>()
    rig.far.line = slowly(together)
    await rig.enqueue(JOBS)
    await rig.worker.start()
    await until('the worker to be idle', () => rig.worker.isIdle())
    expect(await rig.store.count({ status: 'completed' })).toBe(JOBS.length)
    expect([...runs.values()].filter((times) => times === 3)).toHaveLength(200)
    expect(runs.size).toBe(JOBS.length)
    expect(rig.told.stale).toEqual([])
    expect(together.has('settle+claim') || together.has('claim+settle')).toBe(true)
  })

  test('one that does one thing at a time never asks for two', async () => {
    await using rig = await makeRig({ parallel: 1, work: () => pause(1) })
    const together = new Set<string>()
    rig.far.line = slowly(together)
    await rig.enqueue(JOBS.slice(0, 300))
    await rig.worker.start()
    await until('the worker to be idle', () => rig.worker.isIdle())
    expect(await rig.store.count({ status: 'completed' })).toBe(300)
    // Maintenance goes on beside it.
    expect([...together].filter((pair) => /^(settle|claim|record)\+(settle|claim|record)$/.test(pair))).toEqual([])
  })

  test('idle means that nothing is due: not while a retry is on its way', async () => {
    const runs = new Map<string, number>()
    const work = (data: string) => {
      const run = (runs.get(data) ?? 0) + 1
      runs.set(data, run)
      if (run < 4) throw new Error('again')
    }
    for (let round = 0; round < 10; round++) {
      runs.clear()
      await using rig = await makeRig({ parallel: 4, work })
      rig.far.line = slowly(new Set())
      await rig.enqueue(['a', 'b', 'c'])
      await rig.worker.start()
      while (!rig.worker.isIdle()) await new Promise((resolve) => setImmediate(resolve))
      await rig.worker.stop()
      expect(await rig.store.count({ status: 'completed' })).toBe(3)
    }
  })

  test('what an attempt tells to its last moment is written before its end', async () => {
    const work = async (_: string, { log, progress }: { log(text: string): void; progress(value: unknown): void }) => {
      for (let line = 0; line < 10; line++) {
        log(`line ${line}`)
        progress(line)
        await pause(Math.random() * 4)
      }
    }
    await using rig = await makeRig({ parallel: 4, work })
    rig.far.line = slowly(new Set())
    const ids = await rig.enqueue(JOBS.slice(0, 200))
    await rig.worker.start()
    await until('the worker to be idle', () => rig.worker.isIdle())
    expect(rig.told.stale).toEqual([])
    for (const id of ids) {
      expect(await rig.store.logs(id)).toHaveLength(10)
      expect((await rig.store.get(id))?.progress).toBe(9)
    }
  })

  test('stopped in the middle of it, it gives back what it has not started', async () => {
    await using rig = await makeRig({ parallel: 4, work: () => pause(2) })
    rig.far.line = slowly(new Set())
    await rig.enqueue(JOBS)
    await rig.worker.start()
    await until('some jobs to be done', () => rig.told.completed.length > 50)
    await rig.worker.stop()
    const completed = await rig.store.count({ status: 'completed' })
    expect(completed).toBe(rig.told.completed.length)
    expect(await rig.store.count({ status: 'pending' })).toBe(JOBS.length - completed)
    expect((await rig.store.workers()).length).toBe(0)
    const { jobs } = await rig.store.list({ status: 'pending', limit: 1_000 })
    expect(jobs.every(({ attempt, reason }) => attempt === 0 && reason !== 'claimed')).toBe(true)
  })

  test('a database that does not keep up holds back new claims', async () => {
    let ran = 0
    await using rig = await makeRig({ parallel: 4, work: () => ran++ })
    await rig.enqueue(Array.from({ length: 10_000 }, (_, index) => String(index)))
    const { promise: open, resolve: opens } = Promise.withResolvers<void>()
    rig.far.line = async (name, call) => {
      if (name === 'settle') await open
      return await call()
    }
    await rig.worker.start()
    await until('many to have run', () => ran > 5_000)
    await pause(200)
    expect(ran).toBeLessThan(7_000)
    opens()
    await until('the worker to be idle', () => rig.worker.isIdle())
    expect(await rig.store.count({ status: 'completed' })).toBe(10_000)
  })
})
