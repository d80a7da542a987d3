import { describe, expect, test } from 'vitest'
import { newId } from '../../../src/core/id.ts'
import { PulseLoop, spacing } from '../../../src/dashboard/server/reads/pulse.ts'
import type { Store } from '../../../src/store/store.ts'
import { openStore } from '../../../src/stores/open.ts'
import { until } from '../../support/until.ts'

/** When each of some changes was told, in ms, where whoever is told asks for what costs so much. */
async function toldAt(store: Store, tells: number, costsMs: number): Promise<number[]> {
  const facts = { handlers: [], schedules: [], logs: null }
  const times: number[] = []
  const pulse = new PulseLoop(
    async () => ({ store, facts }),
    () => {
      times.push(performance.now())
      // Nearly all at once, as tabs ask.
      for (let tab = 0; tab < 10; tab++) pulse.answered(costsMs / 10)
    },
  )
  pulse.start()
  const job = { class: 'Mail', method: 'send', queue: 'mail', args: '[]', priority: 0, maxAttempts: 1 }
  const enough = async () => {
    await store.enqueue([{ ...job, id: newId(), due: { inMs: 0 } }])
    return times.length >= tells
  }
  await until('some changes are told', enough, 60_000)
  pulse.stop()
  return times
}

describe('changes are told', () => {
  test('less often where the answers that they lead to cost much: these take a small share of the time', async () => {
    const store = await openStore('sqlite::memory:')
    await store.migrate()
    const times = await toldAt(store, 3, 100)
    for (const [index, at] of times.slice(1).entries()) {
      // 100 ms in a twentieth of the time, at the most: a busy machine makes it longer, never shorter.
      expect(at - (times[index] ?? 0)).toBeGreaterThan(2_000)
    }
    await store.close()
  })

  test('at least every few seconds, whatever is asked', { timeout: 90_000 }, async () => {
    const store = await openStore('sqlite::memory:')
    await store.migrate()
    // Were it the same share of the time, the second would come after more than half an hour.
    expect(await toldAt(store, 2, 100_000)).toHaveLength(2)
    await store.close()
  })

  test.each([
    [1, 0, 1_000],
    [100, 0, 2_500],
    [20, 100, 3_000],
    [1, 60_000, 10_000],
    // The machine was asleep for an hour in the middle of a look: nobody waits for a day.
    [3_600_000, 0, 30_000],
  ])('a look of %i ms and answers of %i ms make the next one come after %i ms', (lookMs, answersMs, after) => {
    expect(spacing(lookMs, answersMs)).toBe(after)
  })
})
