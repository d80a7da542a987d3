import { expect, test } from 'vitest'
import type { JobFilter } from '../../src/core/filter.ts'
import { define, SampleJob } from './sample.ts'

test('jobs are found by every field of a filter', async () => {
  const offstage = define()
  const options = { queue: 'mail', tags: ['nightly'], priority: 'high' } as const
  const { id } = await offstage.runBackgroundJob(SampleJob, 'process', [{ data: 'x' }], options)
  await offstage.runBackgroundJob(SampleJob, 'fail')
  const since = Date.now() - 60_000
  const filters: JobFilter[] = [
    { method: 'process' },
    { queue: 'mail' },
    { tag: 'nightly' },
    { priority: 10 },
    { ids: [id] },
    { idPrefix: id },
    { args: [{ path: 'data', value: 'x' }] },
    { args: [{ path: '0.data', value: 'x' }], since, until: since + 3_600_000, status: 'pending' },
  ]
  for (const filter of filters) {
    expect(
      (await offstage.jobs.list(filter)).jobs.map((job) => job.id),
      JSON.stringify(filter),
    ).toEqual([id])
    expect(await offstage.jobs.count(filter)).toBe(1)
  }
  for (const filter of [
    { error: '9f3a' },
    { worker: 'w1' },
    { until: since },
    { args: [{ path: 'data', value: 'y' }] },
  ]) {
    expect(await offstage.jobs.count(filter)).toBe(0)
  }
  await offstage.close()
})

test.each([
  [{ clas: 'A' }, /no option "clas"; did you mean class/],
  [{ status: 'done' }, /status is "done"/],
  [{ class: 1 }, /class is 1: use text/],
  [{ ids: 'x' }, /ids is "x": use a list/],
  [{ idPrefix: 'xyz' }, /idPrefix is "xyz"/],
  [{ priority: 'high' }, /priority is "high"/],
  [{ error: '9f' }, /error is "9f".*first four digits/],
  [{ since: new Date() }, /since is .*milliseconds since 1970/],
  [{ until: Number.NaN }, /until is NaN/],
  [{ args: { path: 'a', value: 'b' } }, /args is an object: use a list/],
  [{ args: [{ path: 'a' }] }, /args: value is undefined: use text/],
  [{ args: [{ path: 'a', value: 1 }] }, /args: value is 1: use text/],
])('the filter %j is refused', async (filter, message) => {
  const offstage = define()
  await expect(offstage.jobs.count(filter as never)).rejects.toMatchObject({ code: 'OPTION_INVALID', message })
  await expect(offstage.jobs.list(filter as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  await offstage.close()
})
