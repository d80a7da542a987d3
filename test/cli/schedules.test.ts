import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const NIGHTLY = `nightly: ['0 3 * * *', SampleJob, 'process', ['pdf'], { timezone: 'Europe/Berlin', priority: 'high' }]`

/** As after the first start of a worker with these in its config. */
async function stored(...schedules: string[]): Promise<void> {
  project.schedule(schedules.join(', '))
  expect((await project.run('work', '--drain')).code).toBe(0)
}

function change(sql: string): void {
  const database = new DatabaseSync(project.path('jobs.db'))
  database.exec(sql)
  database.close()
}

describe('list', () => {
  test('says how to add the first, and what a worker would store', async () => {
    const empty = await project.run('schedules', 'list')
    expect(empty).toMatchObject({ code: 0, stdout: '' })
    expect(empty.stderr).toBe(
      'offstage: no schedules yet: add one to the config, such as `schedules: { nightly: ' +
        "['0 3 * * *', Report, 'build', ['pdf'], { timezone: 'Europe/Berlin' }] }`\n",
    )
    project.schedule(NIGHTLY)
    const unstored = await project.run('schedules', 'list')
    expect(unstored.stderr).toBe('offstage: no worker has started yet with what the config has: nightly\n')
    expect(await project.run('schedules', 'show', 'nightly')).toMatchObject({
      code: 4,
      stderr: 'offstage: the schedule "nightly" stands in the config alone: start a worker, which stores it\n',
    })
  })

  test('tells when each is next, what it runs, and how it is', async () => {
    await stored(NIGHTLY, `never: ['0 0 30 2 *', SampleJob, 'process']`, `often: ['* * * * *', SampleJob, 'process']`)
    expect(await project.json('schedules', 'list')).toEqual([
      expect.objectContaining({ name: 'never', nextAt: null }),
      {
        name: 'nightly',
        class: 'SampleJob',
        method: 'process',
        args: ['pdf'],
        options: { priority: 'high' },
        cron: '0 3 * * *',
        timezone: 'Europe/Berlin',
        missed: 'once',
        overlap: 'allow',
        declared: true,
        paused: false,
        pauseReason: null,
        nextAt: iso,
        lastAt: null,
        lastJobId: null,
        createdAt: iso,
        updatedAt: iso,
        allowed: true,
      },
      expect.objectContaining({ name: 'often', nextAt: iso }),
    ])
    change(`update offstage_schedule set next_at = next_at - 180000 where name = 'often'`)
    const lines = async (...args: string[]) => (await project.run('schedules', 'list', ...args)).stdout.split('\n')
    const job = 'SampleJob.process'
    expect(await lines()).toEqual([
      `never\tended\t${job}\t0 0 30 2 *\tUTC\tconfig\t-`,
      expect.stringMatching(/^nightly\tactive\tSampleJob\.process\t0 3 \* \* \*\tEurope\/Berlin\tconfig\t\S+Z$/),
      expect.stringMatching(/^often\toverdue\t.*Z$/),
      '',
    ])
    // From a config that has none of it, and allows something else.
    project.schedule('')
    project.write('other.config.js', config().replace('process: {}, ', ''))
    expect((await lines('--config', 'other.config.js'))[1]).toMatch(/^nightly\tnot allowed\t.*\tother config\t/)
    // And without any.
    project.delete('offstage.config.js')
    project.delete('other.config.js')
    expect((await lines('--database', 'sqlite:jobs.db'))[1]).toMatch(/^nightly\tactive\t.*\tconfig\t/)
  })
})

function config(): string {
  return readFileSync(project.path('offstage.config.js'), 'utf8')
}

describe('show', () => {
  test('tells the next five slots, and the last jobs', async () => {
    await stored(NIGHTLY)
    const { id } = (await project.json('schedules', 'run', 'nightly')) as { id: string }
    await project.run('work', '--drain')
    const shown = (await project.json('schedules', 'show', 'nightly')) as { slots: string[]; nextAt: string }
    expect(shown).toMatchObject({
      name: 'nightly',
      slots: [iso, iso, iso, iso, iso],
      jobs: [{ id, status: 'completed', priority: 10, args: ['pdf'], tags: ['schedule:nightly'] }],
    })
    expect(shown.slots[0]).toBe(shown.nextAt)
    const berlin = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', timeStyle: 'short', hour12: false })
    expect(shown.slots.map((slot) => berlin.format(new Date(slot)))).toEqual(Array(5).fill('03:00'))

    const { stdout } = await project.start(['schedules', 'show', 'nightly'], { TZ: 'UTC' }).ended
    expect(stdout).toMatch(/^Next {7}\d{4}-\d\d-\d\d 0[12]:00:00 \(in .+\)$/m)
    expect(stdout).toMatch(
      /^Slots\n( {2}\S+ 0[12]:00:00 \(in [^)]+\) {2}\S+ 03:00:00 Europe\/Berlin\n){5}\nLast jobs\n/m,
    )
    expect(stdout).toMatch(new RegExp(`^ {2}${id.slice(0, 26)} {2}completed {2}`, 'm'))
    const there = await project.start(['schedules', 'show', 'nightly'], { TZ: 'Europe/Berlin' }).ended
    expect(there.stdout).toMatch(/^Slots\n( {2}\S+ 03:00:00 \(in [^)]+\)\n){5}/m)
  })
})

describe('run', () => {
  test('--wait ends with what became of the job; the slots stay', async () => {
    await stored(NIGHTLY, `bad: ['@yearly', SampleJob, 'fail', ['no paper']]`)
    const before = await project.json('schedules', 'list')
    const worker = project.start(['work'])
    await worker.said('started')
    const done = await project.run('schedules', 'run', 'nightly', '--wait')
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toMatch(/^(\S+) created\n\1 completed in .*\n\["pdf"\]\n$/)
    expect(await project.run('schedules', 'run', 'bad', '--wait')).toMatchObject({
      code: 1,
      stderr: 'offstage: SampleJob.fail failed: TypeError: no paper\n',
    })
    expect(await project.json('schedules', 'list')).toEqual(before)
    // The log files tell it, as of every enqueue.
    expect(readFileSync(project.path('logs/background_jobs.log'), 'utf8')).toContain(
      'Class: SampleJob | Method: process | Parameters: ["pdf"] | Priority: high',
    )
  })

  test('of a method that is not allowed here is refused', async () => {
    await stored(NIGHTLY)
    project.schedule('')
    project.write('offstage.config.js', config().replace('process: {}, ', ''))
    expect(await project.run('schedules', 'run', 'nightly')).toMatchObject({ code: 5, stdout: '' })
  })
})

describe('pause, resume and remove', () => {
  test('what is paused comes to nothing, with its reason, until it is resumed', async () => {
    await stored(NIGHTLY, `often: ['* * * * * *', SampleJob, 'process']`)
    const pause = ['schedules', 'pause', 'often', 'nightly', '--reason', 'the printer is broken']
    expect(await project.run(...pause)).toEqual({ code: 0, stdout: 'nightly paused\noften paused\n', stderr: '' })
    const reason = { paused: true, pauseReason: 'the printer is broken' }
    expect(await project.json('schedules', 'list')).toMatchObject([reason, reason])
    expect((await project.run('schedules', 'list')).stdout).toMatch(/^nightly\tpaused\t.*\t-\noften\tpaused\t.*\t-\n$/)
    expect((await project.run('schedules', 'show', 'often')).stdout).toContain('paused: the printer is broken')
    const count = async () => ((await project.json('jobs', 'count')) as { count: number }).count
    const before = await count()
    change('update offstage_schedule set next_at = 1000')
    await project.run('work', '--drain')
    expect(await count()).toBe(before)
    const resumed = await project.run('schedules', 'resume', 'often')
    expect(resumed).toMatchObject({ code: 0, stderr: '' })
    expect(resumed.stdout).toMatch(/^often resumed; next at \d{4}-.* \((now|in 1s)\)\n$/)
    const worker = project.start(['work'])
    await vi.waitFor(async () => expect(await count()).toBeGreaterThan(before), { timeout: 20_000, interval: 100 })
    worker.child.kill('SIGTERM')
    await worker.ended
    expect(await project.json('schedules', 'list')).toMatchObject([reason, { paused: false, pauseReason: null }])
  })

  test('resume leaves one alone that was not paused: a slot that is due stays due', async () => {
    await stored(NIGHTLY)
    change('update offstage_schedule set next_at = 1000')
    await project.json('schedules', 'resume', 'nightly')
    expect(await project.json('schedules', 'list')).toMatchObject([{ nextAt: '1970-01-01T00:00:01.000Z' }])
  })

  test('with one name that is wrong, none is changed', async () => {
    await stored(NIGHTLY)
    const wrong = await project.run('schedules', 'pause', 'nightly', 'nigthly')
    expect(wrong).toEqual({
      code: 4,
      stdout: '',
      stderr: 'offstage: there is no schedule "nigthly"; did you mean nightly?\n',
    })
    expect(await project.json('schedules', 'list')).toMatchObject([{ paused: false }])
  })

  test('remove asks, and is refused while the config has it', async () => {
    await stored(NIGHTLY)
    expect(await project.run('schedules', 'remove', 'nightly')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'offstage: the schedule "nightly" stands in the config: take it out there, or pause it\n',
    })
    project.schedule('')
    expect(await project.run('schedules', 'remove', 'nightly')).toMatchObject({
      code: 2,
      stderr: 'offstage: this would remove the schedule nightly; its jobs stay: say so with --yes\n',
    })
    expect(await project.json('schedules', 'remove', 'nightly', '--yes')).toEqual({ name: 'nightly', removed: true })
    expect(await project.json('schedules', 'list')).toEqual([])
  })
})

test('start names the schedules, and shows and logs their jobs as any others', async () => {
  project.schedule(`often: ['* * * * * *', SampleJob, 'process', ['x'], { priority: 'low' }]`)
  const worker = project.start(['start', '--no-dashboard'])
  await worker.said('completed')
  worker.child.kill('SIGTERM')
  const { stdout } = await worker.ended
  expect(stdout).toMatch(/^Schedules {2}often$/m)
  expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}dispatched {2}SampleJob\.process {9}\S{26}$/m)
  expect(readFileSync(project.path('logs/background_jobs.log'), 'utf8')).toMatch(
    /^\[[^\]]+\] INFO: Job dispatched \| Id: \S+ \| Class: SampleJob \| Method: process \| Parameters: \["x"\] \| Priority: low$/m,
  )
  expect(await project.json('stats')).toMatchObject({ handlers: [{ class: 'SampleJob', failed: 0 }] })
})
