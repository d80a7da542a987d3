import { describe, expect, test } from 'vitest'
import type { Frame, JobRow } from '../../../src/dashboard/api.ts'
import { stacked, sums } from '../../../src/dashboard/web/charts/parts.ts'
import { optionsFrom } from '../../../src/dashboard/web/enqueue/option-texts.ts'
import { groupFrames } from '../../../src/dashboard/web/format/frames.ts'
import { shareOf } from '../../../src/dashboard/web/jobs/progress-share.ts'
import { compare, merged } from '../../../src/dashboard/web/jobs/row-merge.ts'
import { type Command, commandsFor, matching } from '../../../src/dashboard/web/shell/commands.ts'

const row = (id: string, status = 'pending') => ({ id, status }) as JobRow

describe('rows that stay in their places', () => {
  test('tell what is new and what is missing', () => {
    expect(compare([row('b'), row('a')], [row('c'), row('b')])).toEqual({ fresh: 1, missing: ['a'] })
    expect(compare([row('b')], [row('d'), row('c')])).toEqual({ fresh: 2, missing: ['b'] })
    // An older one has moved up, because another has left.
    expect(compare([row('c'), row('b')], [row('c'), row('a')])).toEqual({ fresh: 0, missing: ['b'] })
  })

  test('are brought up to date, and leave when they match no more', () => {
    const shown = [row('c'), row('b'), row('a')]
    const now = [row('d'), row('c', 'running')]
    expect(merged(shown, now, ['b']).map(({ id, status }) => `${id} ${status}`)).toEqual(['c running', 'b pending'])
  })
})

describe('frames of a stack', () => {
  const frame = (own: boolean, text: string): Frame => ({ function: null, file: text, line: 1, column: 1, own, text })

  test('are grouped by whose they are', () => {
    const groups = groupFrames([frame(false, 'a'), frame(false, 'b'), frame(true, 'c'), frame(false, 'd')])
    expect(groups.map(({ own, from, frames }) => [own, from, frames.length])).toEqual([
      [false, 0, 2],
      [true, 2, 1],
      [false, 3, 1],
    ])
  })

  test('are all open when none is of the app', () => {
    expect(groupFrames([frame(false, 'a'), frame(false, 'b')])).toMatchObject([{ own: true, frames: [{}, {}] }])
    expect(groupFrames([])).toEqual([])
  })
})

describe('progress', () => {
  test.for([
    [0.25, 0.25],
    [50, 0.5],
    [250, 1],
    [{ done: 3, total: 4 }, 0.75],
    [{ percent: 10 }, 0.1],
    [{ done: 3 }, undefined],
    ['half', undefined],
    [null, undefined],
    [Number.NaN, undefined],
  ] as const)('%j is the share %d', ([progress, share]) => {
    expect(shareOf(progress)).toBe(share)
  })
})

describe('a chart', () => {
  const point = { at: '2026-11-22T10:00:00Z', completed: 5, retried: 2, failed: 1, cancelled: 0 }

  test('stacks what ended: each part reaches up to the ones below it', () => {
    expect(stacked([point])).toEqual([[Date.parse(point.at) / 1000], [8], [3], [1]])
    expect(sums([point, point])).toEqual({ completed: 10, retried: 4, failed: 2 })
  })
})

describe('options of a new job', () => {
  const empty = { delay: '', retries: '', priority: '', queue: '', tags: '' }

  test('say nothing of what is empty', () => {
    expect(optionsFrom(empty)).toEqual({})
    expect(optionsFrom({ delay: '10', retries: '0', priority: 'high', queue: ' mail ', tags: 'a, b,' })).toEqual({
      options: { delay: 10, retries: 0, priority: 'high', queue: 'mail', tags: ['a', 'b'] },
    })
    expect(optionsFrom({ ...empty, delay: '5m', priority: '-3' })).toEqual({ options: { delay: '5m', priority: -3 } })
  })
})

describe('the command palette', () => {
  const commands = commandsFor({
    places: [{ path: '/jobs', name: 'Jobs', icon: 'jobs', key: 'j' }],
    handlers: [{ class: 'ReportJob', method: 'build' }],
    queues: [{ name: 'mail' }],
    schedules: [{ name: 'nightly' }],
    me: undefined,
    nextTheme: 'dark',
  })
  const names = (text: string) => matching(commands, text).map(({ name }: Command) => name)

  test('finds by the beginning, a word, a part, and letters in order', () => {
    expect(names('jobs')[0]).toBe('Jobs')
    expect(names('build')).toEqual(['ReportJob.build'])
    expect(names('portjob')).toEqual(['ReportJob.build'])
    expect(names('rtjb')).toEqual(['ReportJob.build'])
    expect(names('zzz')).toEqual([])
  })

  test('takes an id, the beginning of one, or a filter', () => {
    expect(matching(commands, '0193A5C0-7E00-7000-8000-000000000001')[0]?.href).toBe(
      '/jobs/0193a5c0-7e00-7000-8000-000000000001',
    )
    expect(matching(commands, '0193a5')[0]?.href).toBe('/jobs?filter=id%3A0193a5')
    expect(matching(commands, 'status:failed')[0]?.href).toBe('/jobs?filter=status%3Afailed')
  })

  test('offers nothing that this person may not do', () => {
    expect(commands.map(({ name }) => name)).not.toContain('Clear data')
  })
})
