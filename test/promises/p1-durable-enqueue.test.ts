import { expect, test, vi } from 'vitest'
import { type App, makeApp } from '../support/app.ts'

vi.setConfig({ testTimeout: 120_000 })

/** Kills producers at a moment of their own, each after so many answers; gives every id that was answered. */
async function killProducers(app: App, atOnce: number, answers: readonly number[]): Promise<string[]> {
  const ids = await Promise.all(
    answers.map(async (count) => {
      const producer = app.program('producer.ts', [String(atOnce)])
      await producer.said(count)
      const { lines, signal } = await producer.stop('SIGKILL')
      expect(signal).toBe('SIGKILL')
      expect(lines.length).toBeGreaterThanOrEqual(count)
      return lines
    }),
  )
  return ids.flat()
}

/** What is in the file, as a process sees it that opens it afterwards. */
function stored(app: App): Set<string> {
  return app.sqlite((raw) => {
    expect(raw.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    return new Set(
      raw
        .prepare('select id from offstage_job')
        .all()
        .map(({ id }) => String(id)),
    )
  })
}

test('an enqueue that returned survives kill -9 of its process right after', async () => {
  await using app = makeApp()
  const answered: string[] = []
  // The first answer, some, many: killed in the middle of the next one, whatever that is doing then.
  for (const answers of [
    [1, 2, 3],
    [25, 60, 150],
    [400, 1, 90],
  ]) {
    answered.push(...(await killProducers(app, 1, answers)))
    const there = stored(app)
    expect(answered.filter((id) => !there.has(id))).toEqual([])
  }
  expect(new Set(answered).size).toBe(answered.length)
  expect(await app.offstage.jobs.count({ status: 'pending' })).toBe(stored(app).size)
})

test('concurrent enqueues that share a transaction promise the same', async () => {
  await using app = makeApp()
  const answered: string[] = []
  for (const answers of [
    [1, 33, 700],
    [64, 65, 2_000],
  ]) {
    answered.push(...(await killProducers(app, 32, answers)))
    const there = stored(app)
    expect(answered.filter((id) => !there.has(id))).toEqual([])
  }
  expect(await app.offstage.jobs.count({ status: 'pending' })).toBe(stored(app).size)
})

test('what was enqueued before the kill runs afterwards', async () => {
  await using app = makeApp()
  const answered = await killProducers(app, 8, [40])
  const { code } = await app.command(['work', '--drain']).ended
  expect(code).toBe(0)
  const ran = new Set(app.notes('notes').map(({ id }) => id))
  expect(answered.filter((id) => !ran.has(id))).toEqual([])
  expect(await app.offstage.jobs.count({ status: 'pending' })).toBe(0)
})
