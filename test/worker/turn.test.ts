import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { makeRig } from './rig.ts'

/** Keeps the event loop for so long, as code that computes does. */
function compute(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

test('jobs that are done at once leave the event loop its turn: of 5 ms, however many are claimed ahead', async () => {
  let ran = 0
  await using rig = await makeRig({
    work: () => {
      ran += 1
      compute(1)
    },
  })
  const perTurn: number[] = []
  let before = 0
  let isOver = false
  const turn = () => {
    perTurn.push(ran - before)
    before = ran
    if (!isOver) setImmediate(turn)
  }
  await rig.enqueue(Array.from({ length: 1_000 }, (_, index) => String(index)))
  setImmediate(turn)
  await rig.worker.start()
  await until('the worker to be idle', () => rig.worker.isIdle())
  isOver = true
  expect(ran).toBe(1_000)
  expect(await rig.store.count({ status: 'completed' })).toBe(1_000)
  // Those of 5 ms, and as many again where a claim is answered in the same turn; without it, all that is claimed ahead.
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(30)
})
