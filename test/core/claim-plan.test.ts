import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planClaim, type QueuesSetting } from '../../src/core/claim-plan.ts'

const weighted = (weights: Record<string, number>): QueuesSetting => ({
  kind: 'weighted',
  weights: new Map(Object.entries(weights)),
})

/** Takes what a plan gives from queues that hold so many jobs, as a store does. */
function take(setting: QueuesSetting, limit: number, turn: number, stock: Record<string, number>) {
  const taken: Record<string, number> = {}
  let left = limit
  for (const step of planClaim(setting, limit, turn)) {
    const [queue = ''] = step.queues
    const count = Math.min(step.limit, left, stock[queue] ?? 0)
    stock[queue] = (stock[queue] ?? 0) - count
    taken[queue] = (taken[queue] ?? 0) + count
    left -= count
  }
  return taken
}

function sharesOver(turns: number, limit: (turn: number) => number, weights: Record<string, number>, empty: string[]) {
  const sums: Record<string, number> = {}
  let total = 0
  for (let turn = 0; turn < turns; turn++) {
    const stock = Object.fromEntries(Object.keys(weights).map((queue) => [queue, empty.includes(queue) ? 0 : 1e9]))
    for (const [queue, count] of Object.entries(take(weighted(weights), limit(turn), turn, stock))) {
      sums[queue] = (sums[queue] ?? 0) + count
      total += count
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([queue, sum]) => [queue, sum / total]))
}

describe('planClaim', () => {
  test('all is one step over every queue', () => {
    expect(planClaim({ kind: 'all' }, 10, 0)).toEqual([{ queues: 'all', limit: 10 }])
  })

  test('a strict order is one step a queue, each up to the limit', () => {
    expect(planClaim({ kind: 'strict', queues: ['high', 'low'] }, 10, 7)).toEqual([
      { queues: ['high'], limit: 10 },
      { queues: ['low'], limit: 10 },
    ])
    const stock = { high: 3, low: 100 }
    expect(take({ kind: 'strict', queues: ['high', 'low'] }, 10, 0, stock)).toEqual({ high: 3, low: 7 })
  })

  test('nothing is wanted, nothing is planned', () => {
    for (const setting of [{ kind: 'all' } as const, weighted({ a: 1 })]) expect(planClaim(setting, 0, 3)).toEqual([])
  })

  test('weights divide each claim, to within one job', () => {
    for (let turn = 0; turn < 100; turn++) {
      const taken = take(weighted({ high: 6, medium: 3, low: 1 }), 20, turn, { high: 99, medium: 99, low: 99 })
      expect(taken).toEqual({ high: 12, medium: 6, low: 2 })
    }
  })

  test.each([1, 2, 3, 7])('weights hold over many claims of %d', (limit) => {
    const shares = sharesOver(5_000, () => limit, { high: 6, medium: 3, low: 1 }, [])
    expect(shares.high).toBeCloseTo(0.6, 1)
    expect(shares.medium).toBeCloseTo(0.3, 1)
    expect(shares.low).toBeCloseTo(0.1, 1)
    expect(Math.abs((shares.low as number) - 0.1)).toBeLessThan(0.01)
  })

  test('an empty queue leaves its share to the others, by their weights', () => {
    const shares = sharesOver(20_000, (turn) => 1 + (turn % 5), { high: 6, medium: 3, low: 1 }, ['high'])
    expect(shares.high).toBe(0)
    expect(Math.abs((shares.medium as number) - 0.75)).toBeLessThan(0.02)
    expect(Math.abs((shares.low as number) - 0.25)).toBeLessThan(0.02)
  })

  test('no queue waits long: a weight of 1 in 100 comes up at least every 400 claims of one', () => {
    let last = 0
    for (let turn = 0; turn < 20_000; turn++) {
      const taken = take(weighted({ big: 99, small: 1 }), 1, turn, { big: 1, small: 1 })
      if (taken.small === 1) last = turn
      expect(turn - last).toBeLessThan(400)
    }
  })

  test('a claim takes all it may wherever the jobs are, and never more', () => {
    const queues = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 1_000 }), {
      minKeys: 1,
    })
    fc.assert(
      fc.property(queues, fc.integer({ min: 1, max: 500 }), fc.nat(), fc.nat(600), (weights, limit, turn, each) => {
        const plan = planClaim(weighted(weights), limit, turn)
        expect(plan.every((step) => step.limit >= 1 && step.limit <= limit)).toBe(true)
        const names = Object.keys(weights)
        const stock = Object.fromEntries(names.map((name, i) => [name, i % 2 === 0 ? each : 0]))
        const there = Object.values(stock).reduce((sum, count) => sum + count, 0)
        const taken = Object.values(take(weighted(weights), limit, turn, stock)).reduce((sum, count) => sum + count, 0)
        expect(taken).toBe(Math.min(limit, there))
      }),
    )
  })
})
