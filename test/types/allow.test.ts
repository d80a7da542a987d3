import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { ArgsOf, MethodOf } from '../../src/client/job-types.ts'
import { allow } from '../../src/index.ts'

// For the compiler, which `compile.test.ts` runs: an `@ts-expect-error` fails when the line after it does compile.
// What is given to `compileOnly` never runs.
const compileOnly = (_: () => unknown) => {}

class SampleJob {
  process(payload: { data: string }): void {
    void payload
    this.#truly()
    this.hidden()
    this.guarded()
  }
  check(a: number, ...rest: string[]): boolean {
    return rest.length > a
  }
  private hidden(): void {}
  protected guarded(): void {}
  #truly(): void {}
  toString(): string {
    return 'sample'
  }
  field = 1
}

class NeedsDatabase {
  readonly #database: { query(): void }
  constructor(database: { query(): void }) {
    this.#database = database
  }
  run(when: Date): void {
    void when
    this.#database.query()
  }
}

describe('allow', () => {
  test('takes public methods only', () => {
    compileOnly(() => allow(SampleJob, 'process', 'check'))
    // @ts-expect-error: private
    compileOnly(() => allow(SampleJob, 'hidden'))
    // @ts-expect-error: protected
    compileOnly(() => allow(SampleJob, 'guarded'))
    // @ts-expect-error: #private
    compileOnly(() => allow(SampleJob, '#truly'))
    // @ts-expect-error: no such method
    compileOnly(() => allow(SampleJob, 'proces'))
    // @ts-expect-error: not a method
    compileOnly(() => allow(SampleJob, 'field'))
    // @ts-expect-error: every object has it
    compileOnly(() => allow(SampleJob, 'toString'))
    // @ts-expect-error: every object has it
    compileOnly(() => allow(SampleJob, 'constructor'))
    // @ts-expect-error: at least one method
    compileOnly(() => allow(SampleJob))
    // @ts-expect-error: an instance is no class
    compileOnly(() => allow(new SampleJob(), 'process'))
  })

  test('checks the options of each method', () => {
    compileOnly(() => allow(SampleJob, { process: { retries: 5, timeout: '2m', isolation: 'thread' }, check: {} }))
    // @ts-expect-error: private
    compileOnly(() => allow(SampleJob, { hidden: {} }))
    // @ts-expect-error: no such method
    compileOnly(() => allow(SampleJob, { proces: {} }))
    // @ts-expect-error: no such option
    compileOnly(() => allow(SampleJob, { process: { retires: 5 } }))
    // @ts-expect-error: no such isolation
    compileOnly(() => allow(SampleJob, { process: { isolation: 'container' } }))
  })

  test('holds a schema to what the method takes', () => {
    compileOnly(() => allow(SampleJob, { process: { args: z.tuple([z.object({ data: z.string() })]) } }))
    // @ts-expect-error: the method takes { data: string }
    compileOnly(() => allow(SampleJob, { process: { args: z.tuple([z.object({ data: z.number() })]) } }))
    // @ts-expect-error: not a list
    compileOnly(() => allow(SampleJob, { process: { args: z.object({ data: z.string() }) } }))
  })

  test('wants create for a class whose constructor takes arguments', () => {
    const database = { query() {} }
    compileOnly(() => allow(NeedsDatabase, { run: { create: () => new NeedsDatabase(database) } }))
    compileOnly(() => allow(NeedsDatabase, { run: { create: async () => new NeedsDatabase(database) } }))
    // @ts-expect-error: create is missing
    compileOnly(() => allow(NeedsDatabase, 'run'))
    // @ts-expect-error: create is missing
    compileOnly(() => allow(NeedsDatabase, { run: {} }))
    // @ts-expect-error: makes something else
    compileOnly(() => allow(NeedsDatabase, { run: { create: () => new SampleJob() } }))
  })

  test('tells the methods and their arguments to the rest of the types', () => {
    const list = () =>
      [
        allow(SampleJob, 'process'),
        allow(SampleJob, { check: {} }),
        allow(NeedsDatabase, {
          run: { create: () => ({}) as NeedsDatabase, args: z.tuple([z.coerce.date<string | number>()]) },
        }),
      ] as const
    type List = ReturnType<typeof list>
    expectTypeOf<MethodOf<List, typeof SampleJob>>().toEqualTypeOf<'process' | 'check'>()
    expectTypeOf<ArgsOf<List, typeof SampleJob, 'check'>>().toEqualTypeOf<[a: number, ...rest: string[]]>()
    expectTypeOf<ArgsOf<List, typeof NeedsDatabase, 'run'>>().toEqualTypeOf<[string | number]>()
    expectTypeOf<MethodOf<List, typeof Map>>().toBeNever()
  })
})
