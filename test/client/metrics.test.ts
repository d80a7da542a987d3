import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { define, SampleJob } from './sample.ts'

test('metrics tell what became of the jobs of each handler', async () => {
  const offstage = define()
  expect(await offstage.metrics()).toMatchObject({ handlers: [] })
  const ids: string[] = []
  for (const data of ['a', 'b']) ids.push((await offstage.runBackgroundJob(SampleJob, 'process', [{ data }])).id)
  ids.push((await offstage.runBackgroundJob(SampleJob, 'fail')).id)
  await offstage.start()
  for (const id of ids) await offstage.jobs.wait(id)
  await offstage.stop()
  const {
    handlers,
    series,
    since,
    until: end,
  } = await until('rates of both handlers', async () => {
    const rates = await offstage.metrics({ since: '10m' })
    return rates.handlers.length === 2 ? rates : undefined
  })
  expect(handlers).toMatchObject([
    { class: 'SampleJob', method: 'fail', completed: 0, failed: 1, failedShare: 1 },
    { class: 'SampleJob', method: 'process', completed: 2, failed: 0, failedShare: 0 },
  ])
  expect(handlers[1]?.run.p95Ms).toBeTypeOf('number')
  expect(series.reduce((sum, { completed, failed }) => sum + completed + failed, 0)).toBe(3)
  expect(end.getTime() - since.getTime()).toBeGreaterThanOrEqual(600_000)
  expect((await offstage.metrics({ method: 'fail' })).handlers).toHaveLength(1)
  expect((await offstage.metrics({ queue: 'nowhere', since: since })).handlers).toEqual([])
  await offstage.close()
})

test.each([
  [{ since: 'soon' }, /since is "soon"/],
  [{ since: new Date(Number.NaN) }, /since is an invalid Date/],
  [{ class: 1 }, /class is 1: use text/],
  [{ clas: 'A' }, /no option "clas"; did you mean class/],
])('metrics refuse %j', async (options, message) => {
  const offstage = define()
  await expect(offstage.metrics(options as never)).rejects.toMatchObject({ code: 'OPTION_INVALID', message })
  await offstage.close()
})
