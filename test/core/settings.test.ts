import { describe, expect, test } from 'vitest'
import { allow } from '../../src/core/allow.ts'
import { Registry } from '../../src/core/registry.ts'
import { type OffstageConfig, queuesOf, resolveSettings } from '../../src/core/settings.ts'
import { thrownBy } from './thrown-by.ts'

class SampleJob {
  process(): void {}
}
const jobs = [allow(SampleJob, 'process')]
const resolve = (config: object = {}, env = {}) => resolveSettings({ jobs, ...config } as OffstageConfig, env, 4)

describe('resolveSettings', () => {
  test('takes the release from the environment, else from the config', () => {
    expect(resolve({ release: 'v1.4.2' }).release).toBe('v1.4.2')
    expect(resolve({ release: 'v1.4.2' }, { OFFSTAGE_RELEASE: ' 3f9ac01 ' }).release).toBe('3f9ac01')
    expect(resolve({}, { OFFSTAGE_RELEASE: '' }).release).toBeUndefined()
  })

  test('has a default for everything but the jobs', () => {
    expect(resolve()).toEqual({
      database: 'sqlite:offstage.db',
      jobs,
      dashboard: expect.objectContaining({ host: '127.0.0.1', port: 8787 }),
      defaults: {},
      maxArgsBytes: 1_048_576,
      worker: {
        id: undefined,
        concurrency: { process: 4, thread: 4, inline: 100 },
        queues: { kind: 'all' },
        leaseMs: 30_000,
        heartbeatMs: 1_000,
        graceMs: 5_000,
        pollMs: 1_000,
      },
      logs: {
        file: 'logs/background_jobs.log',
        errorFile: 'logs/background_jobs_errors.log',
        format: 'text',
        maxSize: 10_485_760,
        keep: 5,
      },
      retention: { completed: 604_800_000, failed: 2_592_000_000, cancelled: 604_800_000 },
    })
  })

  test('reads durations, concurrency and retention', () => {
    const settings = resolve({
      worker: { lease: '3s', grace: 0, poll: '250ms', concurrency: { inline: 8, thread: 0 } },
      retention: { completed: false, failed: '1h' },
      logs: false,
    })
    expect(settings.worker).toMatchObject({ leaseMs: 3_000, heartbeatMs: 1_000, graceMs: 0, pollMs: 250 })
    expect(settings.worker.concurrency).toEqual({ process: 4, thread: 0, inline: 8 })
    expect(settings.retention).toMatchObject({ completed: Number.POSITIVE_INFINITY, failed: 3_600_000 })
    expect(settings.logs).toBe(false)
    expect(resolve({ worker: { concurrency: 2 } }).worker.concurrency).toEqual({ process: 2, thread: 2, inline: 2 })
  })

  test('retention is by age, by number, or both', () => {
    const retention = {
      completed: { count: 1_000 },
      failed: { age: false as const, count: 0 },
      cancelled: { age: '1h' },
    }
    expect(resolve({ retention }).retention).toEqual({
      completed: 604_800_000,
      failed: Number.POSITIVE_INFINITY,
      cancelled: 3_600_000,
      most: { completed: 1_000, failed: 0 },
    })
  })

  test('a short lease gets a heartbeat that fits it', () => {
    expect(resolve({ worker: { lease: '600ms' } }).worker.heartbeatMs).toBe(200)
  })

  test('the environment goes before the config', () => {
    const config = { database: 'sqlite:config.db', logs: { file: 'config.log', errorFile: 'errors.log' } }
    expect(resolve(config).database).toBe('sqlite:config.db')
    const settings = resolve(config, {
      OFFSTAGE_DATABASE: 'sqlite:env.db',
      BACKGROUND_JOB_LOG_DIRECTORY: '/var/log/jobs/main.log',
      BACKGROUND_JOB_ERROR_LOG_DIRECTORY: '/var/log/jobs/',
    })
    expect(settings.database).toBe('sqlite:env.db')
    expect(settings.logs).toMatchObject({
      file: '/var/log/jobs/main.log',
      errorFile: '/var/log/jobs/background_jobs_errors.log',
    })
    expect(resolve(config, { OFFSTAGE_DATABASE: ' ' }).database).toBe('sqlite:config.db')
  })

  test.each<[object, string]>([
    [{ jobs: undefined }, "jobs is undefined: use a list, as in [allow(SampleJob, 'process')]"],
    [{ job: [] }, 'config: there is no option "job"; did you mean jobs?'],
    [{ database: 5 }, 'database is 5'],
    [{ database: '' }, 'database is ""'],
    [{ release: 'two words' }, 'release is "two words": use up to 100 letters'],
    [{ maxArgsBytes: 0 }, 'maxArgsBytes is 0'],
    [{ maxArgsBytes: Number.NaN }, 'maxArgsBytes is NaN'],
    [{ defaults: { retries: -1 } }, 'defaults: retries is -1'],
    [{ defaults: { retires: 1 } }, 'defaults: there is no option "retires"; did you mean retries?'],
    [{ defaults: { create: () => ({}) } }, 'defaults: args and create belong to one handler'],
    [{ worker: { id: '../x' } }, 'worker.id is "../x"'],
    [{ worker: { leases: 3 } }, 'worker: there is no option "leases"; did you mean lease?'],
    [{ worker: { lease: '10ms' } }, 'worker.lease is "10ms": use at least 300 ms'],
    [{ worker: { lease: '2d' } }, 'worker.lease is "2d": use at most 1 day'],
    [{ worker: { lease: 'long' } }, 'worker.lease is "long"'],
    [{ worker: { lease: 3, heartbeat: 2 } }, 'worker.heartbeat is 2: use at most a third of worker.lease'],
    [{ worker: { grace: -1 } }, 'worker.grace is -1'],
    [{ worker: { concurrency: 0 } }, 'worker.concurrency is 0'],
    [{ worker: { concurrency: { inline: -1 } } }, 'worker.concurrency.inline is -1'],
    [{ worker: { concurrency: { fork: 1 } } }, 'worker.concurrency: there is no option "fork"'],
    [{ worker: { queues: '' } }, 'worker.queues[0] is empty'],
    [{ worker: { queues: [] } }, 'worker.queues is a list: name at least one queue'],
    [{ worker: { queues: {} } }, 'worker.queues is an object: name at least one queue'],
    [{ worker: { queues: { high: 0 } } }, 'worker.queues.high is 0'],
    [{ worker: { queues: 3 } }, 'worker.queues is 3'],
    [{ logs: { file: '' } }, 'logs.file is "": use a path'],
    [{ logs: { format: 'xml' } }, "logs.format is \"xml\": use 'text' or 'json'"],
    [{ logs: { keep: -1 } }, 'logs.keep is -1'],
    [{ retention: { done: 1 } }, 'retention: there is no option "done"'],
    [{ retention: { failed: 'never' } }, 'retention.failed is "never"'],
    [{ retention: { failed: { age: 'never' } } }, 'retention.failed.age is "never"'],
    [{ retention: { failed: { count: -1 } } }, 'retention.failed.count is -1'],
    [{ retention: { failed: { number: 1 } } }, 'retention.failed: there is no option "number"'],
  ])('refuses %j: %s', (config, message) => {
    const error = thrownBy(() => resolve(config))
    expect(error).toMatchObject({ name: 'OffstageError', code: 'CONFIG_INVALID' })
    expect((error as Error).message).toContain(message)
  })

  test.each(['', null, 'config', []])('refuses %j as a config', (config) => {
    expect(thrownBy(() => resolveSettings(config as never))).toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('MAX_RETRIES', () => {
  const retriesOf = (own: number | undefined, env: object, defaults?: number) => {
    const config = {
      jobs: [allow(SampleJob, { process: own === undefined ? {} : { retries: own } })],
      ...(defaults !== undefined && { defaults: { retries: defaults } }),
    }
    const settings = resolveSettings(config, env as Record<string, string>)
    return Registry.from(settings.jobs, settings.defaults).resolve('SampleJob', 'process').policy.retries
  }

  test('is the default number of retries: before the config, behind the handler', () => {
    expect(retriesOf(undefined, {})).toBe(3)
    expect(retriesOf(undefined, {}, 7)).toBe(7)
    expect(retriesOf(undefined, { MAX_RETRIES: '5' }, 7)).toBe(5)
    expect(retriesOf(1, { MAX_RETRIES: '5' }, 7)).toBe(1)
    expect(retriesOf(undefined, { MAX_RETRIES: '0' })).toBe(0)
    expect(retriesOf(undefined, { MAX_RETRIES: '' }, 7)).toBe(7)
  })

  test.each(['-1', '1.5', 'many', '1001', '1e3', '0x10'])('refuses %j', (text) => {
    expect(() => retriesOf(undefined, { MAX_RETRIES: text })).toThrow(
      `MAX_RETRIES is "${text}": use an integer from 0 to 1000`,
    )
  })
})

test('queuesOf reads an order, a list and weights', () => {
  expect(queuesOf('all')).toEqual({ kind: 'all' })
  expect(queuesOf('high, medium,low,high')).toEqual({ kind: 'strict', queues: ['high', 'medium', 'low'] })
  expect(queuesOf(['mail'])).toEqual({ kind: 'strict', queues: ['mail'] })
  expect(queuesOf({ high: 3, low: 1 })).toEqual({
    kind: 'weighted',
    weights: new Map([
      ['high', 3],
      ['low', 1],
    ]),
  })
})
