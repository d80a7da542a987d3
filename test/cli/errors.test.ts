import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { errorLines } from '../../src/cli/error-text.ts'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

const INDEX = new URL('../../dist/index.js', import.meta.url).href

// Types and an interface above what throws: line numbers have to survive that they are stripped.
const JOBS = `import { readFileSync } from 'node:fs'

interface Order {
  readonly id: number
}

class OrderError extends Error {
  readonly code = 'E_ORDER'
  override name = 'OrderError'
}

export class InlineJob {
  protected read(order: Order): string {
    try {
      return readFileSync(\`/nowhere/\${order.id as number}\`, 'utf8')
    } catch (error) {
      throw new Error('the order cannot be read', { cause: error })
    }
  }
  now(order: Order): string {
    try {
      return this.read(order)
    } catch (error: unknown) {
      throw new OrderError('no order', { cause: error })
    }
  }
  async later(order: Order): Promise<string> {
    await new Promise<void>((resolve) => setTimeout(resolve, 1))
    return this.now(order)
  }
}
export class ThreadJob extends InlineJob {}
export class ProcessJob extends InlineJob {}
`

const CONFIG = `import { allow, defineOffstage } from ${JSON.stringify(INDEX)}
import { InlineJob, ProcessJob, ThreadJob } from './jobs/order.ts'
const methods = <const T extends string>(isolation: T) => ({ now: { isolation }, later: { isolation } })
export default defineOffstage({
  database: 'sqlite:jobs.db',
  defaults: { retries: 0 },
  jobs: [allow(InlineJob, methods('inline')), allow(ThreadJob, methods('thread')), allow(ProcessJob, methods('process'))],
})
`

let project: Project
const ids: Record<string, string> = {}

beforeAll(async () => {
  project = new Project()
  project.folderOf('jobs')
  project.write('jobs/order.ts', JOBS)
  project.write('offstage.config.ts', CONFIG)
  project.delete('offstage.config.js')
  for (const job of ['InlineJob', 'ThreadJob', 'ProcessJob']) {
    for (const method of ['now', 'later']) ids[`${job}.${method}`] = await project.enqueue(job, method, '[{"id":7}]')
  }
  await project.run('work', '--drain')
}, 90_000)
afterAll(() => project.remove())

type Shown = { name: string; message: string; code?: string; stack?: string; cause?: Shown }

const JOBS_RUN = ['InlineJob', 'ThreadJob', 'ProcessJob'].flatMap((job) => [
  [job, 'now'] as const,
  [job, 'later'] as const,
])

describe('the error of a job in TypeScript', () => {
  test.each(JOBS_RUN)('%s.%s keeps the whole chain, and stacks that point into its source', async (job, method) => {
    const { error } = (await project.json('jobs', 'show', ids[`${job}.${method}`] ?? '')) as { error: Shown }
    const cause = error.cause
    const root = cause?.cause
    expect([error.name, error.message, error.code]).toEqual(['OrderError', 'no order', 'E_ORDER'])
    expect([cause?.name, cause?.message]).toEqual(['Error', 'the order cannot be read'])
    expect([root?.code, root?.message]).toEqual(['ENOENT', expect.stringContaining("open '/nowhere/7'")])
    expect(root?.cause).toBeUndefined()
    // Each begins where it was thrown, to the line and column of the file as it was written.
    expect(framesOf(error)[0]).toMatch(/now \(file:.*\/jobs\/order\.ts:24:13\)$/)
    expect(framesOf(cause)[0]).toMatch(/read \(file:.*\/jobs\/order\.ts:17:13\)$/)
    expect(framesOf(root)[0]).toMatch(/readFileSync \(node:fs:/)
    expect(framesOf(root)[1]).toMatch(/read \(file:.*\/jobs\/order\.ts:15:14\)$/)
    if (method === 'later') expect(framesOf(error).at(-1)).toMatch(/later \(file:.*\/jobs\/order\.ts:29:17\)$/)
    for (const each of [error, cause, root]) {
      expect(each?.stack).not.toContain('node:internal')
      expect(each?.stack).not.toMatch(/run-attempt|\/dist\//)
    }
  })

  test('jobs show prints it to be read', async () => {
    const { stdout } = await project.run('jobs', 'show', ids['ProcessJob.now'] ?? '')
    const [text = ''] = stdout.slice(stdout.indexOf('\nError\n') + 7).split('\n\n')
    expect(text.split('\n')).toEqual([
      '  OrderError: no order (E_ORDER)',
      '    at ProcessJob.now (jobs/order.ts:24:13)',
      '  caused by the order cannot be read',
      '    at ProcessJob.read (jobs/order.ts:17:13)',
      '    at ProcessJob.now (jobs/order.ts:22:19)',
      expect.stringMatching(/^ {2}caused by ENOENT: no such file or directory, open '\/nowhere\/7'$/),
      expect.stringMatching(/^ {4}at readFileSync \(node:fs:\d+:\d+\)$/),
      '    at ProcessJob.read (jobs/order.ts:15:14)',
      '    at ProcessJob.now (jobs/order.ts:22:19)',
    ])
  })
})

test('an error without a message is shown by its kind and code', () => {
  expect(errorLines({ name: 'Error', message: '' })).toEqual(['Error'])
  expect(errorLines({ name: 'TypeError', message: '', code: 'E_X' })).toEqual(['TypeError (E_X)'])
})

test('a path with parentheses in it is shortened, too', () => {
  const { href } = pathToFileURL(resolve('app (x86)', 'job.ts'))
  const stack = `Error: no\n    at Job.go (${href}:8:64)\n    at ${href}:9:1`
  expect(errorLines({ name: 'Error', message: 'no', stack })).toEqual([
    'no',
    `  at Job.go (${join('app (x86)', 'job.ts')}:8:64)`,
    `  at ${join('app (x86)', 'job.ts')}:9:1`,
  ])
})

function framesOf(error: Shown | undefined): string[] {
  return (error?.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
}
