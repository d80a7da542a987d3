import { describe, expect, test } from 'vitest'
import { type Allowed, allow } from '../../src/core/allow.ts'
import type { HandlerOptions } from '../../src/core/handler.ts'
import { Registry } from '../../src/core/registry.ts'
import { thrownBy } from './thrown-by.ts'

class SampleJob {
  process(): void {}
  check(): void {}
  get computed(): () => void {
    throw new Error('a getter must not be called')
  }
  *items(): Generator<number> {
    yield 1
  }
  static build(): void {}
  arrow = () => {}
}
class Child extends SampleJob {}
class Renamed {
  static readonly jobName = 'Invoices'
  send(): void {}
}

const unchecked = allow as (target: unknown, ...methods: unknown[]) => Allowed
const define = (...jobs: Allowed[]) => Registry.from(jobs)

describe('a registry', () => {
  test('finds what is allowed, and nothing else', () => {
    const registry = define(allow(SampleJob, 'process'), allow(Renamed, 'send'))
    expect(registry.find('SampleJob', 'process')).toMatchObject({ className: 'SampleJob', target: SampleJob })
    expect(registry.find('Invoices', 'send')).toMatchObject({ className: 'Invoices', target: Renamed })
    expect(registry.find('SampleJob', 'check')).toBeUndefined()
    expect(registry.find('Renamed', 'send')).toBeUndefined()
    expect(registry.find('SampleJob', 'toString')).toBeUndefined()
    expect(registry.find('__proto__', 'constructor')).toBeUndefined()
    expect(registry.list().map(({ className, method }) => `${className}.${method}`)).toEqual([
      'SampleJob.process',
      'Invoices.send',
    ])
  })

  test('takes inherited methods, and two entries of one class', () => {
    const registry = define(allow(Child, 'process'), allow(Child, { check: { retries: 1 } }))
    expect(registry.find('Child', 'process')).toBeDefined()
    expect(registry.find('Child', 'check')?.policy.retries).toBe(1)
  })

  test('a subclass is not stored by the jobName of its parent', () => {
    class Reminders extends Renamed {}
    expect(define(allow(Reminders, 'send')).list()[0]?.className).toBe('Reminders')
  })

  test('gives handlers that nobody can change', () => {
    const handler = define(allow(SampleJob, 'process')).resolve('SampleJob', 'process')
    expect(() => Object.assign(handler, { target: Map })).toThrow(TypeError)
    expect(() => Object.assign(handler.options, { retries: 9 })).toThrow(TypeError)
  })
})

describe('resolve', () => {
  const registry = define(allow(SampleJob, 'process', 'check'), allow(Renamed, 'send'))

  test.each([
    ['SampelJob', 'process', 'SampelJob is not an allowed class; did you mean SampleJob?'],
    ['Unrelated', 'process', 'Unrelated is not an allowed class: allow it in the jobs of the config'],
    ['SampleJob', 'proces', 'SampleJob.proces is not an allowed method; did you mean process?'],
    ['SampleJob', 'unrelated', 'SampleJob.unrelated is not an allowed method: SampleJob allows process, check'],
    ['SampleJob', 'constructor', '"constructor" belongs to every object'],
    ['SampleJob', '__proto__', '"__proto__" is no name of a method'],
    ['../sample-job', 'process', '"../sample-job" is no name of a class'],
    ['SampleJob', 'process; rm -rf /', '"process; rm -rf /" is no name of a method'],
    ["' OR 1=1 --", 'process', 'is no name of a class'],
    ['', 'process', 'the name of a class is empty'],
  ])('%j, %j: %s', (className, method, message) => {
    const error = thrownBy(() => registry.resolve(className, method))
    expect(error).toMatchObject({ name: 'OffstageError', code: 'HANDLER_UNKNOWN' })
    expect((error as Error).message).toContain(message)
  })

  test('by class finds that class only, not another of its name', () => {
    const other = { SampleJob: class SampleJob {} }.SampleJob
    expect(registry.resolveClass(SampleJob, 'process').target).toBe(SampleJob)
    expect(thrownBy(() => registry.resolveClass(other, 'process'))).toMatchObject({
      code: 'HANDLER_UNKNOWN',
      message: 'this SampleJob is not the class that is allowed by that name: import the one that the config allows',
    })
    expect(() => registry.resolveClass(Map, 'get')).toThrow('Map is not an allowed class')
    expect(() => registry.resolveClass(new SampleJob(), 'process')).toThrow("a job's class is an object")
    expect(() => registry.resolveClass(undefined, 'process')).toThrow("a job's class is undefined")
  })
})

describe('an allow-list is refused', () => {
  test.each<[string, Allowed, string]>([
    ['a missing method', unchecked(SampleJob, 'proces'), 'SampleJob has no method proces; did you mean process?'],
    ['a static method', unchecked(SampleJob, 'build'), 'SampleJob.build is static'],
    ['a function as a property', unchecked(SampleJob, 'arrow'), 'SampleJob has no method arrow'],
    ['a getter', unchecked(SampleJob, 'computed'), 'SampleJob.computed is not a method'],
    ['a generator', unchecked(SampleJob, 'items'), 'SampleJob.items is a generator'],
    ['an inherited name', unchecked(SampleJob, 'toString'), '"toString" belongs to every object'],
    ['the constructor', unchecked(SampleJob, 'constructor'), '"constructor" belongs to every object'],
    ['a method called __proto__', unchecked(SampleJob, '__proto__'), '"__proto__" is no name'],
    ['a path as a method', unchecked(SampleJob, '../process'), 'is no name of a method'],
    ['no method', unchecked(SampleJob), "allow(SampleJob) names no method: write allow(SampleJob, 'method')"],
    ['no class', unchecked('SampleJob', 'process'), 'allow was given "SampleJob"'],
    ['an arrow function', unchecked(() => {}, 'process'), 'allow was given a function'],
    [
      'a class without a name',
      unchecked(
        class {
          go() {}
        },
        'go',
      ),
      'a class without a name',
    ],
    ['a class not wrapped', SampleJob as never, "jobs has a bare class: write allow(SampleJob, 'method')"],
    ['nothing', undefined as never, "jobs has undefined: use allow(SampleJob, 'process')"],
  ])('for %s', (_, entry, message) => {
    const error = thrownBy(() => define(entry))
    expect(error).toMatchObject({ code: 'HANDLER_INVALID' })
    expect((error as Error).message).toContain(message)
  })

  test('for a jobName that is no name', () => {
    class Bad {
      static jobName = '../bad'
      go(): void {}
    }
    expect(() => define(allow(Bad, 'go'))).toThrow('"../bad" is no name of a class')
  })

  test('for a constructor with arguments and no create', () => {
    class Needs {
      readonly #database: object
      constructor(database: object) {
        this.#database = database
      }
      go(): object {
        return this.#database
      }
    }
    expect(() => define(unchecked(Needs, 'go'))).toThrow("Needs's constructor takes arguments")
    expect(define(allow(Needs, { go: { create: () => new Needs({}) } })).list()).toHaveLength(1)
  })

  test('for a method that is allowed twice, and for two classes of one name', () => {
    const twin = {
      SampleJob: class SampleJob {
        other(): void {}
      },
    }.SampleJob
    expect(thrownBy(() => define(allow(SampleJob, 'process'), allow(SampleJob, 'process')))).toMatchObject({
      code: 'HANDLER_DUPLICATE',
      message: 'SampleJob.process is allowed twice: leave one of them out',
    })
    expect(thrownBy(() => define(allow(SampleJob, 'process'), allow(twin, 'other')))).toMatchObject({
      code: 'HANDLER_DUPLICATE',
    })
  })

  test.each<[unknown, string]>([
    [{ retries: -1 }, 'SampleJob.process: retries is -1: use an integer from 0 to 1000'],
    [{ retries: 1_001 }, 'retries is 1001'],
    [{ retries: 1.5 }, 'retries is 1.5'],
    [{ retries: '3' }, 'retries is "3"'],
    [{ retires: 3 }, 'there is no option "retires"; did you mean retries?'],
    [{ timeout: 0 }, 'timeout is 0: use a time span longer than 0'],
    [{ timeout: 'soon' }, 'timeout is "soon"'],
    [{ timeout: 1e308 }, 'timeout is 1e+308'],
    [{ backoff: { type: 'linear' } }, 'backoff.type is "linear"'],
    [{ isolation: 'proces' }, "use 'process' or 'thread' or 'inline'; did you mean process?"],
    [{ onCrash: 'explode' }, 'onCrash is "explode"'],
    [{ memoryLimit: 1 }, 'memoryLimit is 1: use an integer from 16'],
    [{ maxJobsPerChild: 0 }, 'maxJobsPerChild is 0'],
    [{ priority: 'urgent' }, 'priority is "urgent"'],
    [{ queue: 'a,b' }, 'leave out commas'],
    [{ queue: 'all' }, "'all' means every queue"],
    [{ tags: 'one' }, 'tags is "one": use a list'],
    [{ tags: ['ok', ''] }, 'tags[1] is empty'],
    [{ retryIf: true }, 'retryIf is true: use a function'],
    [{ create: {} }, 'create is an object: use a function'],
    [{ policy: 'priorityWeighted' }, 'policy is "priorityWeighted": use a function'],
    [{ args: {} }, 'args is an object: use a Standard Schema'],
    [null, 'the options are null'],
    ['5s', 'the options are "5s"'],
  ])('for the options %j', (options, message) => {
    const error = thrownBy(() => define(unchecked(SampleJob, { process: options })))
    expect(error).toMatchObject({ code: 'OPTION_INVALID' })
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).toMatch(/^SampleJob\.process: /)
  })
})

describe("a handler's policy", () => {
  const policyOf = (own: HandlerOptions, defaults?: HandlerOptions) =>
    Registry.from([unchecked(SampleJob, { process: own })], defaults).resolve('SampleJob', 'process').policy

  test('is in the units of the engine', () => {
    const options: HandlerOptions = { timeout: '2m', expiresIn: 5, priority: 'low', tags: ['a', 'a'], queue: 'mail' }
    expect(policyOf(options)).toMatchObject({
      timeoutMs: 120_000,
      expiresInMs: 5_000,
      priority: -10,
      tags: ['a'],
      queue: 'mail',
    })
  })

  test('takes the defaults for what the handler does not set', () => {
    expect(policyOf({ retries: 1 }, { retries: 7, timeout: 3 })).toMatchObject({ retries: 1, timeoutMs: 3_000 })
    expect(policyOf({ retries: undefined } as never, { retries: 7 })).toMatchObject({ retries: 7 })
    expect(policyOf({})).toMatchObject({ retries: 3, priority: 0, queue: 'default', onCrash: 'retry', tags: [] })
  })
})
