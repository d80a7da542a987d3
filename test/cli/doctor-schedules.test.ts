import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 60_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

/** What doctor finds of schedules; that is never unhealthy. */
async function found(): Promise<unknown[]> {
  const { findings } = (await project.json('doctor')) as { findings: { check: string }[] }
  return findings.filter(({ check }) => check === 'schedules')
}

function change(sql: string): void {
  const database = new DatabaseSync(project.path('jobs.db'))
  database.exec(sql)
  database.close()
}

test('schedules that are overdue although workers run, by what is to be done', async () => {
  const often = (name: string, method: string) => `${name}: ['* * * * *', SampleJob, '${method}']`
  const config = readFileSync(project.path('offstage.config.js'), 'utf8')
  project.schedule([often('shut', 'fail'), often('left', 'process'), often('mine', 'process')].join(', '))
  await project.run('work', '--drain')
  await project.run('schedules', 'pause', 'mine')
  expect(await found()).toEqual([])
  change('update offstage_schedule set next_at = next_at - 7200000, paused = 0')
  // Nobody works: that is what is wrong, and told as such.
  expect(await found()).toEqual([])

  const mine = often('mine', 'process')
  project.schedule('', config.replace('fail: {}, ', ''))
  const worker = project.start(['work'])
  await worker.said('started')
  project.schedule(mine, config.replace('fail: {}, ', ''))
  const message = (name: string) => expect.stringMatching(`none of them enqueues ${name} \\(overdue for (1h 59m|2h)`)
  expect(await found()).toEqual([
    {
      check: 'schedules',
      level: 'warning',
      message: message('left'),
      remedy: expect.stringContaining('put it back into `schedules` in the config'),
    },
    {
      check: 'schedules',
      level: 'warning',
      message: message('mine'),
      remedy: expect.stringContaining('start the workers anew'),
    },
    {
      check: 'schedules',
      level: 'warning',
      message: message('shut'),
      remedy: expect.stringContaining('add SampleJob.fail to `jobs` in the config'),
    },
  ])
  worker.child.kill('SIGTERM')
  await worker.ended
  // What does as it was told is heard of no more.
  project.schedule([often('shut', 'fail'), often('left', 'process'), mine].join(', '), config)
  const told = project.start(['work'])
  await told.said('started')
  await vi.waitFor(async () => expect(await found()).toEqual([]), { timeout: 20_000 })
  told.child.kill('SIGTERM')
  await told.ended
})

test('a schedule that never comes', async () => {
  project.schedule("never: ['0 0 30 2 *', SampleJob, 'process']")
  await project.run('work', '--drain')
  expect(await found()).toEqual([
    {
      check: 'schedules',
      level: 'warning',
      message: 'no moment is left for never (0 0 30 2 *)',
      remedy: 'give each a cron expression that names one, or remove it',
    },
  ])
})
