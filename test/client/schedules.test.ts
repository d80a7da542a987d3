import { describe, expect, test } from 'vitest'
import { ENGINE } from '../../src/core/engine-symbol.ts'
import { allow, defineOffstage, type Offstage, type Schedule } from '../../src/index.ts'
import { thrownBy } from '../core/thrown-by.ts'
import { until } from '../support/until.ts'
import { define, SampleJob } from './sample.ts'

/** Past the compiler, as JavaScript would. */
const untyped = (offstage: Offstage) =>
  offstage.schedules as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>

/** A config that only the run-time checks see. */
function defined(schedules: unknown): void {
  defineOffstage({ jobs: [allow(SampleJob, 'process')], logs: false, schedules: schedules as never })
}

describe('schedules in the config', () => {
  test.each([
    ['a text', { x: '0 3 * * *' }, /^schedules.x: it is "0 3 \* \* \*": use \[cron, class, method, args, options\]/],
    [
      'a wrong expression',
      { x: ['0 25 * * *', SampleJob, 'process'] },
      /^schedules.x: cron is "0 25 \* \* \*": .*hour: 25; use/,
    ],
    ['an unknown time zone', { x: ['@daily', SampleJob, 'process', [], { timezone: 'Mars' }] }, /timezone is "Mars"/],
    ['an unknown option', { x: ['@daily', SampleJob, 'process', [], { delay: 5 }] }, /there is no option "delay"/],
    ['a wrong option', { x: ['@daily', SampleJob, 'process', [], { retries: -1 }] }, /^schedules.x: retries is -1/],
    ['what is to be missed', { x: ['@daily', SampleJob, 'process', [], { missed: 'none' }] }, /missed is "none"/],
    ['arguments that cannot be stored', { x: ['@daily', SampleJob, 'process', [1n]] }, /^schedules.x: args\[0\]/],
    ['an empty name', { ' ': ['@daily', SampleJob, 'process'] }, /the name of a schedule is empty/],
    ['a long name', { ['x'.repeat(91)]: ['@daily', SampleJob, 'process'] }, /longer than 90 characters/],
  ])('%s is refused, naming the schedule', (_, schedules, message) => {
    expect(thrownBy(() => defined(schedules))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
    })
  })

  test('a method that is not allowed is refused as everywhere', () => {
    const error = thrownBy(() => defined({ x: ['@daily', SampleJob, 'proces'] }))
    expect(error).toMatchObject({ code: 'HANDLER_UNKNOWN', message: expect.stringMatching(/^schedules.x: .*process/) })
  })

  test('run at their slots, in a worker of this process', async () => {
    const offstage = define('jobs.db', { secondly: ['* * * * * *', SampleJob, 'process', [{ data: 'tick' }]] })
    const done: string[] = []
    offstage.on('completed', ({ id }) => void done.push(id))
    await offstage.start()
    await until('two slots', () => done.length >= 2)
    const [schedule] = (await offstage.schedules.list()) as [Schedule]
    expect(schedule).toMatchObject({ name: 'secondly', declared: true, class: 'SampleJob', args: [{ data: 'tick' }] })
    const { jobs } = await offstage.jobs.list({ tag: 'schedule:secondly' })
    expect(jobs.every(({ runAt }) => runAt.getTime() % 1_000 === 0)).toBe(true)
  })

  test('cannot be changed elsewhere; once the config does not have one any more, it can be removed', async () => {
    const offstage = define('jobs.db', { nightly: ['0 3 * * *', SampleJob, 'process', [{ data: 'x' }]] })
    await offstage.start()
    await until('it is stored', async () => (await offstage.schedules.get('nightly')) !== undefined)
    const { set, remove } = untyped(offstage) as Record<'set' | 'remove', (...args: unknown[]) => Promise<unknown>>
    await expect(set('nightly', '@daily', SampleJob, 'fail')).rejects.toMatchObject({ code: 'SCHEDULE_DECLARED' })
    await expect(remove('nightly')).rejects.toMatchObject({ code: 'SCHEDULE_DECLARED' })
    const newer = define()
    await newer.schedules.remove('nightly')
    expect(await newer.schedules.list()).toEqual([])
  })
})

describe('schedules at run time', () => {
  test('are set, changed and removed', async () => {
    const { schedules } = define()
    const set = await schedules.set('nightly', '0 3 * * *', SampleJob, 'process', [{ data: 'x' }], {
      timezone: 'Europe/Berlin',
      priority: 'high',
      missed: 'all',
    })
    expect(set).toMatchObject({ cron: '0 3 * * *', timezone: 'Europe/Berlin', missed: 'all', overlap: 'allow' })
    expect(set).toMatchObject({ declared: false, paused: false, options: { priority: 'high' } })
    expect(set.nextAt?.getTime()).toBeGreaterThan(Date.now())
    expect(await schedules.get('nightly')).toEqual(set)
    await schedules.set('nightly', '@hourly', 'SampleJob', 'fail')
    expect(await schedules.list()).toMatchObject([{ cron: '@hourly', timezone: 'UTC', method: 'fail', args: [] }])
    await schedules.remove('nightly')
    expect(await schedules.get('nightly')).toBeUndefined()
  })

  test('enqueue one more job when they are told to', async () => {
    const offstage = define()
    await offstage.schedules.set('never', '0 0 30 2 *', SampleJob, 'process', [{ data: 'x' }], {
      tags: ['a'],
      retries: 1,
    })
    const before = await offstage.schedules.get('never')
    expect(before?.nextAt).toBeNull()
    const { id, status } = await offstage.schedules.run('never')
    expect(status).toBe('created')
    expect(await offstage.jobs.get(id)).toMatchObject({
      status: 'pending',
      reason: null,
      args: [{ data: 'x' }],
      tags: ['a', 'schedule:never'],
      maxAttempts: 2,
    })
    expect(await offstage.schedules.get('never')).toEqual(before)
  })

  test('are paused with a reason, and go on with the next slot', async () => {
    const offstage = define()
    await offstage.schedules.set('secondly', '* * * * * *', SampleJob, 'process', [{ data: 'x' }])
    await offstage.schedules.pause('secondly', { reason: 'no paper' })
    expect(await offstage.schedules.get('secondly')).toMatchObject({ paused: true, pauseReason: 'no paper' })
    await offstage.start()
    const resumedAt = Date.now()
    await offstage.schedules.resume('secondly')
    const jobs = async () => (await offstage.jobs.list({ tag: 'schedule:secondly' })).jobs
    await until('a slot', async () => (await jobs()).length > 0)
    expect((await jobs()).every(({ runAt }) => runAt.getTime() > resumedAt)).toBe(true)
  })

  test('resumed without having been paused, forget no slot', async () => {
    const offstage = define()
    await offstage.schedules.set('daily', '@daily', SampleJob, 'process', [{ data: 'x' }])
    const { schedules } = await offstage[ENGINE].store()
    const rows = await schedules.take()
    await schedules.remove('daily')
    await schedules.receive(rows.map((row) => ({ ...row, next_at: Date.now() - 5_000 })))
    const overdue = await offstage.schedules.get('daily')
    await offstage.schedules.resume('daily')
    expect(await offstage.schedules.get('daily')).toEqual(overdue)
  })

  test('what is refused stores nothing, and says why', async () => {
    const offstage = define()
    const { set, get, run, pause, resume, remove } = untyped(offstage) as Record<
      string,
      (...args: unknown[]) => Promise<unknown>
    >
    const refusals: [Promise<unknown> | undefined, string][] = [
      [set?.('x', 'often', SampleJob, 'process'), 'OPTION_INVALID'],
      [set?.('', '@daily', SampleJob, 'process'), 'OPTION_INVALID'],
      [set?.('a,b', '@daily', SampleJob, 'process'), 'OPTION_INVALID'],
      [set?.('x', '@daily', SampleJob, 'process', [() => 1]), 'ARGS_INVALID'],
      [set?.('x', '@daily', class Other {}, 'process'), 'HANDLER_UNKNOWN'],
      [set?.('x', '@daily', SampleJob, 'process', [], { id: '1' }), 'OPTION_INVALID'],
      [get?.(5), 'OPTION_INVALID'],
      [run?.('none'), 'SCHEDULE_NOT_FOUND'],
      [pause?.('none'), 'SCHEDULE_NOT_FOUND'],
      [resume?.('none'), 'SCHEDULE_NOT_FOUND'],
      [remove?.('none'), 'SCHEDULE_NOT_FOUND'],
    ]
    for (const [refused, code] of refusals) await expect(refused).rejects.toMatchObject({ code })
    expect(await offstage.schedules.list()).toEqual([])
    expect(await offstage.jobs.count()).toBe(0)
  })
})
