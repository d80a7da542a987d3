import { describe, test } from 'vitest'
import { z } from 'zod'
import { allow, defineOffstage } from '../../src/index.ts'

// For the compiler, which `compile.test.ts` runs: an `@ts-expect-error` fails when the line after it does compile.
// What is given to `compileOnly` never runs.

class Report {
  build(kind: 'pdf' | 'html', times?: number): void {
    void [kind, times]
  }
  check(): void {}
  notAllowed(): void {}
}

class Named {
  static readonly jobName = 'Mail'
  send(when: Date): void {
    void when
  }
}

const jobs = [
  allow(Report, 'build', 'check'),
  allow(Named, { send: { args: z.tuple([z.coerce.date<string>()]) } }),
] as const
const compileOnly = (_: () => unknown) => {}

describe('schedules in the config', () => {
  test('are checked against the allow-list', () => {
    compileOnly(() =>
      defineOffstage({
        jobs,
        schedules: {
          nightly: [
            '0 3 * * *',
            Report,
            'build',
            ['pdf'],
            { timezone: 'Europe/Berlin', missed: 'all', priority: 'high' },
          ],
          hourly: ['@hourly', Report, 'check'],
          byName: ['@hourly', 'Mail', 'send', ['2026-01-01']],
        },
      }),
    )
    // @ts-expect-error: not in the allow-list
    compileOnly(() => defineOffstage({ jobs, schedules: { x: ['@daily', Report, 'notAllowed'] } }))
    // @ts-expect-error: wrong argument
    compileOnly(() => defineOffstage({ jobs, schedules: { x: ['@daily', Report, 'build', ['docx']] } }))
    // @ts-expect-error: a missing argument
    compileOnly(() => defineOffstage({ jobs, schedules: { x: ['@daily', Report, 'build'] } }))
    // @ts-expect-error: no class of jobs
    compileOnly(() => defineOffstage({ jobs, schedules: { x: ['@daily', Map, 'get', ['x']] } }))
    // @ts-expect-error: unknown option
    compileOnly(() => defineOffstage({ jobs, schedules: { x: ['@daily', Report, 'check', [], { delay: 5 }] } }))
    // @ts-expect-error: unknown word
    compileOnly(() => defineOffstage({ jobs, schedules: { x: ['@daily', Report, 'check', [], { missed: 'never' }] } }))
    // @ts-expect-error: no expression
    compileOnly(() => defineOffstage({ jobs, schedules: { x: [Report, 'check'] } }))
    // @ts-expect-error: what the method takes, not what the schema takes
    compileOnly(() => defineOffstage({ jobs, schedules: { x: ['@daily', Named, 'send', [new Date()]] } }))
  })
})

describe('schedules.set', () => {
  const define = () => defineOffstage({ jobs })
  const { schedules } = { schedules: {} } as unknown as ReturnType<typeof define>

  test('is checked as an enqueue is', () => {
    compileOnly(() => schedules.set('x', '@daily', Report, 'build', ['pdf', 2], { overlap: 'skip', retries: 1 }))
    compileOnly(() => schedules.set('x', '@daily', Report, 'check'))
    compileOnly(() => schedules.set('x', '@daily', 'Mail', 'send', ['2026-01-01']))
    // @ts-expect-error: not in the allow-list
    compileOnly(() => schedules.set('x', '@daily', Report, 'notAllowed'))
    // @ts-expect-error: wrong argument
    compileOnly(() => schedules.set('x', '@daily', Report, 'build', ['docx']))
    // @ts-expect-error: an id is of one job
    compileOnly(() => schedules.set('x', '@daily', Report, 'check', [], { id: 'x' }))
  })
})
