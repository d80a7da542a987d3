import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { OrSecret } from '../../src/client/job-types.ts'
import { allow, defineOffstage, type Enqueued, type Offstage } from '../../src/index.ts'

// For the compiler, which `compile.test.ts` runs: an `@ts-expect-error` fails when the line after it does compile.
// What is given to `compileOnly` never runs.

interface Payload {
  data: string
  times?: number
}

class SampleJob {
  async process(payload: Payload): Promise<number> {
    this.#truly()
    this.hidden()
    this.guarded()
    return payload.times ?? 1
  }
  pair(left: number, right?: string): void {
    void [left, right]
  }
  nothing(): void {}
  notAllowed(): void {}
  private hidden(): void {}
  protected guarded(): void {}
  #truly(): void {}
  field = 'not a method'
}

class ReportJob {
  static readonly jobName = 'Report'
  constructor(readonly_: string) {
    void readonly_
  }
  build(when: Date, format: 'pdf' | 'html'): void {
    void [when, format]
  }
}

class NamedJob {
  static readonly jobName = 'Named'
  go(count: number): void {
    void count
  }
}

class BiggerJob extends NamedJob {
  more(): void {}
}

/** As SampleJob would have it, and more: still another class. */
class OtherJob {
  process(payload: Payload): Promise<number> {
    return Promise.resolve(payload.times ?? 0)
  }
  pair(): void {}
  nothing(): void {}
  notAllowed(): void {}
  field = ''
}

function sample() {
  return defineOffstage({
    jobs: [
      allow(SampleJob, 'process', 'pair'),
      allow(SampleJob, { nothing: { retries: 0 } }),
      allow(ReportJob, {
        build: {
          create: () => new ReportJob('x'),
          args: z.tuple([z.coerce.date<string>(), z.enum(['pdf', 'html'])]),
        },
      }),
      allow(NamedJob, 'go'),
    ],
  })
}
declare const offstage: ReturnType<typeof sample>
const { runBackgroundJob, runBackgroundJobs } = {} as typeof offstage
const compileOnly = (_: () => unknown) => {}

describe('runBackgroundJob', () => {
  test('takes what is allowed', () => {
    compileOnly(() => runBackgroundJob(SampleJob, 'process', [{ data: 'example' }]))
    compileOnly(() =>
      runBackgroundJob(SampleJob, 'process', [{ data: 'x', times: 2 }], { priority: 'high', delay: 10 }),
    )
    compileOnly(() => runBackgroundJob(SampleJob, 'pair', [1]))
    compileOnly(() => runBackgroundJob(SampleJob, 'pair', [1, 'b'] as const))
    compileOnly(() => runBackgroundJob(SampleJob, 'nothing'))
    compileOnly(() => runBackgroundJob(SampleJob, 'nothing', []))
    compileOnly(() => runBackgroundJob(SampleJob, 'nothing', undefined, { delay: '1h' }))
    expectTypeOf(runBackgroundJob<typeof SampleJob, 'nothing'>).returns.resolves.toEqualTypeOf<Enqueued>()
  })

  test('infers the arguments of the method', () => {
    type Process = Parameters<typeof runBackgroundJob<typeof SampleJob, 'process'>>
    expectTypeOf<Process[2]>().toEqualTypeOf<readonly [payload: OrSecret<Payload>]>()
    type Pair = Parameters<typeof runBackgroundJob<typeof SampleJob, 'pair'>>
    expectTypeOf<Pair[2]>().toEqualTypeOf<readonly [left: OrSecret<number>, right?: OrSecret<string | undefined>]>()
  })

  test('suggests the allowed methods and no others', () => {
    type Method = Parameters<typeof runBackgroundJob<typeof SampleJob, 'process' | 'pair' | 'nothing'>>[1]
    expectTypeOf<Method>().toEqualTypeOf<'process' | 'pair' | 'nothing'>()
    // @ts-expect-error: a public method that is not in the allow-list
    compileOnly(() => runBackgroundJob(SampleJob, 'notAllowed', []))
    // @ts-expect-error: no method
    compileOnly(() => runBackgroundJob(SampleJob, 'field', []))
    // @ts-expect-error: no such method
    compileOnly(() => runBackgroundJob(SampleJob, 'proces', [{ data: 'x' }]))
  })

  test('refuses private and protected methods', () => {
    // @ts-expect-error: private
    compileOnly(() => runBackgroundJob(SampleJob, 'hidden', []))
    // @ts-expect-error: protected
    compileOnly(() => runBackgroundJob(SampleJob, 'guarded', []))
    // @ts-expect-error: #private
    compileOnly(() => runBackgroundJob(SampleJob, '#truly', []))
  })

  test('refuses a class that is not allowed', () => {
    // @ts-expect-error: another class, although it has all that SampleJob has
    compileOnly(() => runBackgroundJob(OtherJob, 'process', [{ data: 'x' }]))
    // @ts-expect-error: another class, although it has all that NamedJob has and nothing is private
    compileOnly(() => runBackgroundJob(BiggerJob, 'go', [1]))
    // @ts-expect-error: not even a class of jobs
    compileOnly(() => runBackgroundJob(Map, 'get', ['x']))
    // @ts-expect-error: an instance
    compileOnly(() => runBackgroundJob(new SampleJob(), 'process', [{ data: 'x' }]))
  })

  test('refuses wrong, missing and surplus arguments', () => {
    // @ts-expect-error: wrong type
    compileOnly(() => runBackgroundJob(SampleJob, 'process', [{ data: 1 }]))
    // @ts-expect-error: unknown property
    compileOnly(() => runBackgroundJob(SampleJob, 'process', [{ data: 'x', surplus: 1 }]))
    // @ts-expect-error: missing
    compileOnly(() => runBackgroundJob(SampleJob, 'process', []))
    // @ts-expect-error: no list at all
    compileOnly(() => runBackgroundJob(SampleJob, 'process'))
    // @ts-expect-error: not in a list
    compileOnly(() => runBackgroundJob(SampleJob, 'process', { data: 'x' }))
    // @ts-expect-error: surplus
    compileOnly(() => runBackgroundJob(SampleJob, 'process', [{ data: 'x' }, 2]))
    // @ts-expect-error: surplus
    compileOnly(() => runBackgroundJob(SampleJob, 'nothing', [1]))
    // @ts-expect-error: wrong order
    compileOnly(() => runBackgroundJob(SampleJob, 'pair', ['b', 1]))
  })

  test('refuses unknown options and wrong ones', () => {
    // @ts-expect-error: unknown
    compileOnly(() => runBackgroundJob(SampleJob, 'nothing', [], { retires: 1 }))
    // @ts-expect-error: no priority of that name
    compileOnly(() => runBackgroundJob(SampleJob, 'nothing', [], { priority: 'urgent' }))
    // @ts-expect-error: a function cannot be stored with a job
    compileOnly(() => runBackgroundJob(SampleJob, 'nothing', [], { backoff: () => 1 }))
  })

  test('asks for what the schema takes, not for what it makes of it', () => {
    compileOnly(() => runBackgroundJob(ReportJob, 'build', ['2026-01-01', 'pdf']))
    // @ts-expect-error: the method takes a Date, but the schema makes it from text
    compileOnly(() => runBackgroundJob(ReportJob, 'build', [new Date(), 'pdf']))
    // @ts-expect-error: not a format
    compileOnly(() => runBackgroundJob(ReportJob, 'build', ['2026-01-01', 'docx']))
  })
})

describe('runBackgroundJob by name', () => {
  test('checks a class with a jobName fully', () => {
    compileOnly(() => runBackgroundJob('Named', 'go', [1]))
    compileOnly(() => runBackgroundJob('Report', 'build', ['2026-01-01', 'pdf']))
    // @ts-expect-error: wrong argument
    compileOnly(() => runBackgroundJob('Named', 'go', ['1']))
    // @ts-expect-error: a method of another class
    compileOnly(() => runBackgroundJob('Named', 'process', [{ data: 'x' }]))
  })

  test('checks a class without one by the methods of all such classes', () => {
    compileOnly(() => runBackgroundJob('SampleJob', 'process', [{ data: 'x' }]))
    // @ts-expect-error: wrong argument
    compileOnly(() => runBackgroundJob('SampleJob', 'process', [{ data: 1 }]))
    // @ts-expect-error: not allowed
    compileOnly(() => runBackgroundJob('SampleJob', 'notAllowed', []))
    // @ts-expect-error: private
    compileOnly(() => runBackgroundJob('SampleJob', 'hidden', []))
    // @ts-expect-error: a method that only a class with a jobName has
    compileOnly(() => runBackgroundJob('SampleJob', 'go', [1]))
  })

  test('refuses an unknown name where every class has a jobName', () => {
    const named = () => defineOffstage({ jobs: [allow(NamedJob, 'go')] })
    const { runBackgroundJob } = {} as ReturnType<typeof named>
    compileOnly(() => runBackgroundJob('Named', 'go', [1]))
    // @ts-expect-error: no such name
    compileOnly(() => runBackgroundJob('Nmaed', 'go', [1]))
    // @ts-expect-error: the class's own name is not what it is stored by
    compileOnly(() => runBackgroundJob('NamedJob', 'go', [1]))
  })
})

describe('runBackgroundJobs', () => {
  test('takes lists of what runBackgroundJob takes', () => {
    compileOnly(() =>
      runBackgroundJobs([
        [SampleJob, 'process', [{ data: 'a' }]],
        [SampleJob, 'nothing'],
        [SampleJob, 'pair', [1, 'b'], { delay: 3 }],
        [NamedJob, 'go', [3]],
        ['Named', 'go', [3]],
        ['SampleJob', 'process', [{ data: 'b' }], { retries: 1 }],
      ]),
    )
    compileOnly(() => runBackgroundJobs(['a', 'b'].map((data) => [SampleJob, 'process', [{ data }]])))
    compileOnly(() => runBackgroundJobs(['a', 'b'].map((data) => [SampleJob, 'process', [{ data }]] as const)))
  })

  test('refuses what runBackgroundJob refuses', () => {
    // @ts-expect-error: wrong argument
    compileOnly(() => runBackgroundJobs([[SampleJob, 'process', [{ data: 1 }]]]))
    // @ts-expect-error: missing argument
    compileOnly(() => runBackgroundJobs([[SampleJob, 'process', []]]))
    // @ts-expect-error: not allowed
    compileOnly(() => runBackgroundJobs([[SampleJob, 'notAllowed']]))
    // @ts-expect-error: private
    compileOnly(() => runBackgroundJobs([[SampleJob, 'hidden']]))
    // @ts-expect-error: the arguments of another method
    compileOnly(() => runBackgroundJobs([[SampleJob, 'pair', [{ data: 'a' }]]]))
    // @ts-expect-error: a method of another class
    compileOnly(() => runBackgroundJobs([[NamedJob, 'process', [{ data: 'a' }]]]))
    // @ts-expect-error: unknown option
    compileOnly(() => runBackgroundJobs([[SampleJob, 'nothing', [], { retires: 1 }]]))
  })
})

describe('an offstage', () => {
  test('can be handed to what takes any', () => {
    compileOnly(() => {
      const any: Offstage = sample()
      return any.jobs
    })
  })
})
