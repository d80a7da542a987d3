import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CronSlots, checkTimezone } from '../../src/core/cron.ts'
import { dueSlots, MOST_MISSED, type Timing } from '../../src/core/schedule.ts'
import { thrownBy } from './thrown-by.ts'

const at = (text: string) => Date.parse(text)
const iso = (moments: readonly (number | undefined)[]) =>
  moments.map((ms) => (ms === undefined ? ms : new Date(ms).toISOString().replace('.000', '')))
const DAY_MS = 86_400_000

/** The first slots behind a moment, one after the other. */
function next(cron: string, timezone: string, after: string, count: number) {
  const slots = new CronSlots(cron, timezone)
  const found: (number | undefined)[] = []
  for (let ms = at(after); found.length < count; ms = found.at(-1) ?? Number.NaN) found.push(slots.after(ms))
  return iso(found)
}

describe('the slots of a cron expression', () => {
  test('are read by the clock of its time zone', () => {
    expect(next('0 3 * * *', 'UTC', '2026-11-29T10:00:00Z', 2)).toEqual([
      '2026-11-30T03:00:00Z',
      '2026-12-01T03:00:00Z',
    ])
    expect(next('30 9 * * MON-FRI', 'America/New_York', '2026-11-27T20:00:00Z', 1)).toEqual(['2026-11-30T14:30:00Z'])
    expect(next('@daily', 'Asia/Kolkata', '2026-11-29T10:00:00Z', 1)).toEqual(['2026-11-29T18:30:00Z'])
    expect(next('*/20 * * * * *', 'UTC', '2026-11-29T10:00:00.001Z', 3)).toEqual([
      '2026-11-29T10:00:20Z',
      '2026-11-29T10:00:40Z',
      '2026-11-29T10:01:00Z',
    ])
  })

  test('begin behind a moment, not at it', () => {
    expect(next('0 3 * * *', 'UTC', '2026-11-29T03:00:00Z', 1)).toEqual(['2026-11-30T03:00:00Z'])
    expect(next('0 3 * * *', 'UTC', '2026-11-29T02:59:59.999Z', 1)).toEqual(['2026-11-29T03:00:00Z'])
  })

  test('come once in the night that clocks go back, and once where they go forward', () => {
    // 2 to 3 is left out in March; in October it comes twice.
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-03-30T00:30:00Z',
    ])
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ])
  })

  test('may come to an end', () => {
    expect(new CronSlots('0 0 30 2 *', 'UTC').after(0)).toBeUndefined()
  })

  test.each(['* * * *', '61 * * * *', '@reboot', '', 'every minute', '0 0 0 1 1 * 2030', '*/0 * * * *', 5, undefined])(
    'refuse %j, and say what is meant',
    (cron) => {
      const error = thrownBy(() => new CronSlots(cron as string, 'UTC'))
      expect(error).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringMatching(/^cron is .*: .+/) })
    },
  )

  test('need a time zone that is known', () => {
    expect(checkTimezone('Europe/Berlin', 'timezone')).toBe('Europe/Berlin')
    for (const zone of ['Mars/Olympus', '', 7]) {
      expect(thrownBy(() => checkTimezone(zone, 'timezone'))).toMatchObject({ code: 'OPTION_INVALID' })
    }
  })

  test('between two moments are those that come one after the other', () => {
    const cron = fc.constantFrom(
      '* * * * *',
      '*/7 * * * *',
      '0 * * * *',
      '30 2 * * *',
      '0 0,12 * * *',
      '15 1-3 * * *',
      '0 3 * * SUN',
      '5 4 1 * *',
      '*/30 * * * * *',
      '@hourly',
      '0 0 L * *',
      '0 9 * * 1#2',
    )
    const timezone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    )
    // Around the nights in which clocks are changed, and anywhere else.
    const moment = fc
      .tuple(
        fc.constantFrom(
          '2026-03-08T06:00:00Z',
          '2026-03-29T00:00:00Z',
          '2026-04-04T14:00:00Z',
          '2026-10-25T00:00:00Z',
          '2026-11-01T05:00:00Z',
          '2026-06-15T12:00:00Z',
        ),
        fc.integer({ min: -DAY_MS, max: DAY_MS }),
      )
      .map(([text, shift]) => at(text) + shift)
    fc.assert(
      fc.property(cron, timezone, moment, fc.integer({ min: 0, max: 2 * DAY_MS }), (expression, zone, from, span) => {
        const slots = new CronSlots(expression, zone)
        const one: number[] = []
        for (let slot = slots.after(from); slot !== undefined && slot <= from + span; slot = slots.after(slot)) {
          one.push(slot)
          if (one.length > 300) one.shift()
        }
        expect(iso(slots.between(from, from + span, 300))).toEqual(iso(one))
      }),
      { numRuns: 150 },
    )
  })
})

describe('what is due of a schedule', () => {
  const hourly: Timing = { cron: '0 * * * *', timezone: 'UTC', missed: 'once', overlap: 'allow' }
  const due = (timing: Partial<Timing>, dueAt: string, now: string) => {
    const { slots, nextAt } = dueSlots({ ...hourly, ...timing }, at(dueAt), at(now))
    return { slots: iso(slots), nextAt: iso([nextAt])[0] }
  }

  test('on time it is the slot, whatever becomes of missed ones', () => {
    for (const missed of ['skip', 'once', 'all'] as const) {
      expect(due({ missed }, '2026-11-29T10:00:00Z', '2026-11-29T10:00:00.004Z')).toEqual({
        slots: ['2026-11-29T10:00:00Z'],
        nextAt: '2026-11-29T11:00:00Z',
      })
    }
  })

  test('after a while without a worker, none, the last or all of those that were missed', () => {
    const [dueAt, now] = ['2026-11-29T07:00:00Z', '2026-11-29T09:30:00Z']
    const nextAt = '2026-11-29T10:00:00Z'
    expect(due({ missed: 'skip' }, dueAt, now)).toEqual({ slots: [], nextAt })
    expect(due({ missed: 'once' }, dueAt, now)).toEqual({ slots: ['2026-11-29T09:00:00Z'], nextAt })
    expect(due({ missed: 'all' }, dueAt, now)).toEqual({
      slots: ['2026-11-29T07:00:00Z', '2026-11-29T08:00:00Z', '2026-11-29T09:00:00Z'],
      nextAt,
    })
  })

  test('whoever is back within a minute has missed nothing', () => {
    expect(due({ missed: 'skip' }, '2026-11-29T10:00:00Z', '2026-11-29T10:00:59Z').slots).toHaveLength(1)
    expect(due({ missed: 'skip' }, '2026-11-29T10:00:00Z', '2026-11-29T10:01:00Z').slots).toHaveLength(0)
  })

  test('a slot that is on time makes up for those that were missed', () => {
    expect(due({}, '2026-11-29T07:00:00Z', '2026-11-29T10:00:01Z').slots).toEqual(['2026-11-29T10:00:00Z'])
  })

  test('each second is a slot of its own, also for a worker that was held up', () => {
    const { slots } = due({ cron: '* * * * * *' }, '2026-11-29T10:00:00Z', '2026-11-29T10:00:04.500Z')
    expect(slots).toHaveLength(5)
  })

  test('a month of minutes comes to a hundred jobs, and soon', () => {
    const { slots } = due({ cron: '* * * * *', missed: 'all' }, '2026-10-29T10:00:00Z', '2026-11-29T10:00:00Z')
    expect(slots).toHaveLength(MOST_MISSED)
    expect(slots.at(-1)).toBe('2026-11-29T10:00:00Z')
  })

  test('without overlaps it is one job at most', () => {
    expect(due({ missed: 'all', overlap: 'skip' }, '2026-11-29T07:00:00Z', '2026-11-29T09:30:00Z').slots).toEqual([
      '2026-11-29T09:00:00Z',
    ])
  })

  test('a slot that another machine has computed by other rules of the time zone is not lost', () => {
    expect(due({}, '2026-11-29T09:30:00Z', '2026-11-29T09:30:01Z').slots).toEqual(['2026-11-29T09:30:00Z'])
  })
})
