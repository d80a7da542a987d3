import { describe, expect, test } from 'vitest'
import { newId } from '../../src/core/id.ts'
import { define, SampleJob } from './sample.ts'

describe('jobs', () => {
  test('wait gives the job when it has ended, however many wait', async () => {
    const offstage = define()
    const { id } = await offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }])
    const failing = await offstage.runBackgroundJob(SampleJob, 'fail')
    const waits = [offstage.jobs.wait(id), offstage.jobs.wait(id), offstage.jobs.wait(failing.id)]
    await offstage.start()
    expect((await Promise.all(waits)).map(({ status }) => status)).toEqual(['completed', 'completed', 'failed'])
    expect(await offstage.jobs.wait(id)).toMatchObject({ result: 'X', attempts: [{ outcome: 'completed' }] })
  })

  test('wait sees what another process has done', async () => {
    const [waiting, working] = [define(), define()]
    const { id } = await waiting.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }])
    const wait = waiting.jobs.wait(id, { timeout: '20s' })
    await working.start()
    expect((await wait).status).toBe('completed')
  })

  test('wait ends with its timeout, with the job, and with the offstage', async () => {
    const offstage = define()
    const { id } = await offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }])
    await expect(offstage.jobs.wait(id, { timeout: '30ms' })).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' })
    await expect(offstage.jobs.wait(newId())).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(offstage.jobs.wait('nonsense')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(offstage.jobs.wait(id, { timeout: -1 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    const deleted = offstage.jobs.wait(id)
    await offstage.jobs.delete(id)
    await expect(deleted).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    const other = await offstage.runBackgroundJob(SampleJob, 'fail')
    const closed = expect(offstage.jobs.wait(other.id)).rejects.toMatchObject({ code: 'CLOSED' })
    await offstage.close()
    await closed
  })

  test('a command about one job throws; about several it tells of each', async () => {
    const offstage = define()
    const { id } = await offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }], { delay: '1h' })
    const missing = newId()
    await expect(offstage.jobs.cancel(missing)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(offstage.jobs.cancel("' or 1=1")).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(offstage.jobs.retry(id)).rejects.toMatchObject({
      code: 'JOB_STATE',
      message: `job ${id} is pending: only a failed or cancelled job can be retried`,
    })
    expect(await offstage.jobs.cancel([id, missing, 'nonsense'])).toEqual([
      expect.objectContaining({ id, result: 'done' }),
      { id: missing, result: 'missing' },
      { id: 'nonsense', result: 'missing' },
    ])
    await expect(offstage.jobs.cancel(id)).rejects.toMatchObject({ code: 'JOB_STATE' })
    expect(await offstage.jobs.retry(id)).toMatchObject({ id, result: 'done' })
    expect(await offstage.jobs.delete(id)).toMatchObject({ id, result: 'done' })
    expect(await offstage.jobs.get(id)).toBeUndefined()
    expect(await offstage.jobs.get('nonsense')).toBeUndefined()
  })

  test('runNow makes a delayed job due', async () => {
    const offstage = define()
    const { id } = await offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }], { delay: '1h' })
    await offstage.start()
    await offstage.jobs.runNow(id)
    expect((await offstage.jobs.wait(id)).status).toBe('completed')
  })

  test('list pages through what matches, and clear removes it', async () => {
    const offstage = define()
    await offstage.runBackgroundJobs(
      Array.from({ length: 5 }, (_, i) => [SampleJob, 'process', [{ data: `${i}` }], { tags: [`t${i % 2}`] }]),
    )
    const first = await offstage.jobs.list({ limit: 3 })
    const second = await offstage.jobs.list({ limit: 3, cursor: first.cursor as string })
    expect([...first.jobs, ...second.jobs].map(({ args }) => (args[0] as { data: string }).data).sort()).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
    ])
    expect(await offstage.jobs.count({ tag: 't0', status: ['pending', 'failed'] })).toBe(3)
    expect(await offstage.jobs.count({ status: 'failed' })).toBe(0)
    expect(await offstage.jobs.clear()).toBe(5)
    expect(await offstage.jobs.count()).toBe(0)
  })

  test.each<[object, string]>([
    [{ limit: 0 }, 'limit is 0'],
    [{ limit: 1_001 }, 'limit is 1001'],
    [{ status: 'runing' }, 'did you mean running?'],
    [{ stauts: 'failed' }, 'did you mean status?'],
    [{ tag: 3 }, 'tag is 3'],
    [{ ids: 'x' }, 'ids is "x"'],
    [{ cursor: 3 }, 'cursor is 3'],
  ])('list refuses %j', async (request, message) => {
    await expect(define().jobs.list(request)).rejects.toThrow(message)
  })

  test('logs of a job that is not there are not found', async () => {
    const offstage = define()
    const { id } = await offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }])
    expect(await offstage.jobs.logs(id)).toEqual([])
    await expect(offstage.jobs.logs(newId())).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' })
    await expect(offstage.jobs.logs(id, { attempt: 0 })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})
