import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

let project: Project
beforeAll(() => {
  project = new Project()
})
afterAll(() => project.remove())

/** [command line, exit code, stderr] */
const WRONG: [string[], number, RegExp][] = [
  [['strat'], 2, /unknown command 'strat'; did you mean start\?/],
  [['jobs', 'lst'], 2, /unknown command 'lst'; did you mean list\?/],
  [['run', 'SampleJob', 'process', '--retrys', '1'], 2, /unknown option '--retrys'; did you mean --retries\?/],
  [['run', 'SampleJob'], 2, /missing required argument 'method'/],
  [['run', 'SampleJob', 'process', '[]', 'more'], 2, /too many arguments/],
  [['run', 'SampleJob', 'process', '[1,'], 2, /begin like a JSON array but are none \(at its end: expected a value\)/],
  [['run', 'SampleJob', 'process', '[{"a":1}, x]'], 2, /\(at character 11, before "x\]": expected a value\)/],
  [['run', 'SampleJob', 'process', '{"a":1,"b":2}'], 2, /one JSON object: put it into a list/],
  [['run', 'SampleJob', 'process', '--retries', 'x'], 2, /--retries is "x": use a whole number/],
  [['run', 'SampleJob', 'process', '--retries', '-1'], 2, /--retries/],
  [['run', 'SampleJob', 'process', '--delay', 'soon'], 2, /delay is "soon"/],
  [['run', 'SampleJob', 'process', '--delay', '2026-13-45'], 2, /delay/],
  [['run', 'SampleJob', 'process', '--priority', 'hihg'], 2, /priority is "hihg"/],
  [['run', 'SampleJob', 'process', '--queue', ''], 2, /queue is empty|queue/],
  [['run', 'SampelJob', 'process'], 5, /SampelJob is not an allowed class; did you mean SampleJob\?/],
  [['run', 'SampleJob', 'proces'], 5, /SampleJob\.proces is not an allowed method; did you mean process\?/],
  [['run', '../evil', 'process'], 5, /is no name of a class/],
  [['run', 'SampleJob', 'constructor'], 5, /constructor/],
  [['jobs', 'list', '--status', 'runing'], 2, /--status is "runing"; did you mean running\?/],
  [['jobs', 'list', '--limit', '0'], 2, /--limit is "0": use a whole number, 1 to 1000/],
  [['jobs', 'show', 'ffff'], 4, /there is no job ffff/],
  [['jobs', 'show', "'; drop table x"], 2, /"'; drop table x" is no id of a job: use one of `offstage jobs list`/],
  [['jobs', 'cancel', '0193a5c07e00'], 2, /"0193a5c07e00" is no id of a job/],
  [['jobs', 'list', '--limit', '1001'], 2, /--limit is "1001": use a whole number, 1 to 1000/],
  [['jobs', 'list', '--status', 'failed', '--cursor', 'x'], 2, /--cursor is "x"/],
  [['jobs', 'cancel'], 2, /which jobs\? give ids, a filter such as status:failed .*, or --all to cancel every one/],
  [['jobs', 'retry', '--status', 'completed'], 2, /status:completed: only a failed .*; possible now: delete/],
  [['jobs', 'delete', '--status', 'failed,running'], 2, /status:running: a running job .*; possible now: cancel/],
  [['jobs', 'run-now', '--all', '--queue', 'a'], 2, /--all and queue:a contradict each other/],
  [['jobs', 'cancel', 'ffff', '--class', 'A'], 2, /ids and class:A contradict each other/],
  [['jobs', 'list', 'stauts:failed'], 2, /the filter is wrong: there is no field "stauts"; did you mean status\?/],
  [['jobs', 'count', 'class:My Job'], 2, /"Job" stands without a field.*; in a shell, write 'class:"My Job"'/],
  [['jobs', 'list', 'status:failed', '--status', 'failed'], 2, /--status and status:failed contradict each other/],
  [['jobs', 'list', 'class:A', 'class:B'], 2, /class is given twice/],
  [['jobs', 'retry', 'status:failed', '--all'], 2, /--all and status:failed contradict each other/],
  [['jobs', 'delete', 'status:running'], 2, /status:running: a running job .*; possible now: cancel/],
  [['jobs', 'cancel', 'id:'], 2, /the filter is wrong: id: a value is missing/],
  [['jobs', 'cancel', 'ffff', '--all'], 2, /ids and --all contradict each other/],
  [['jobs', 'delete', '--status', 'faild'], 2, /--status is "faild"; did you mean failed\?/],
  [['jobs', 'logs', 'ffff', '--attempt', '0'], 2, /--attempt is "0": use a whole number, 1 or more/],
  [['queues', 'resume', 'nowhere'], 4, /there is no queue nowhere: see `offstage queues list`/],
  [['queues', 'pause', 'a b,'], 2, /queue/],
  [['queues', 'puase', 'a'], 2, /unknown command 'puase'; did you mean pause\?/],
  [['schedules', 'lst'], 2, /unknown command 'lst'; did you mean list\?/],
  [['schedules', 'show', 'nightly'], 4, /there is no schedule "nightly": see `offstage schedules list`/],
  [['schedules', 'run', 'nightly'], 4, /there is no schedule "nightly"/],
  [['schedules', 'remove', 'nightly', '--yes'], 4, /there is no schedule "nightly"/],
  [['schedules', 'pause', 'nightly', '--reason', ''], 4, /there is no schedule "nightly"/],
  [['workers', 'stop', 'nobody'], 4, /no worker "nobody" runs: see `offstage workers list`/],
  [['help', 'strat'], 2, /unknown command 'strat'; did you mean start\?/],
  [['help', 'jobs', 'lsit'], 2, /unknown command 'lsit'; did you mean list\?/],
  [['jobs', 'help', 'nope'], 2, /unknown command 'nope'$/m],
  [['help', 'stats', 'nope'], 2, /unknown command 'nope'$/m],
  [['workers', 'quiet'], 2, /missing required argument 'ids'/],
  [['stats', '--wach'], 2, /unknown option '--wach'; did you mean --watch\?/],
  [['jobs', 'cancel', '0193a1b2-c3d4-7abc-8def-0123456789ab'], 4, /there is no job 0193a1b2/],
  [['jobs', 'logs', '0193a1b2-c3d4-7abc-8def-0123456789ab'], 4, /there is no job 0193a1b2/],
  [['jobs', 'clear'], 2, /say so with --yes/],
  [['work', '--once', '--drain'], 2, /cannot be used with/],
  [['work', '--concurrency', '0'], 2, /--concurrency/],
  [['work', '--queue', 'a,,b'], 2, /queue/],
  [['work', '--id', 'a b'], 2, /id/],
  [['jobs', 'list', '--config', 'nothing.ts'], 2, /there is no config module at .*nothing\.ts/],
  [['jobs', 'list', '--database', 'oracle:x'], 2, /no database of the kind "oracle:"/],
]

describe('a wrong command line', () => {
  test.concurrent.each(WRONG)('%j ends with %i', async (args, code, stderr) => {
    const ended = await project.run(...args)
    expect(ended.stderr).toMatch(stderr)
    expect(ended.stderr).toMatch(/^offstage: [^\n]+\n$/)
    expect(ended).toMatchObject({ code, stdout: '' })
  })

  test('stores nothing', async () => {
    expect(await project.json('jobs', 'list')).toEqual({ jobs: [], cursor: null })
  })

  test('shows the stack only when it is asked for', async () => {
    const quiet = await project.run('run', 'Nobody', 'process')
    expect(quiet.stderr).not.toContain('    at ')
    const { ended } = project.start(['run', 'Nobody', 'process'], { OFFSTAGE_DEBUG: '1' })
    expect((await ended).stderr).toContain('    at ')
  })
})

describe('help and version', () => {
  test('go to stdout and succeed', async () => {
    const help = await project.run('run', '--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('--wait')
    expect(help.stdout).toContain('--database <url>')
    expect(await project.run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })

  test.each([
    [['help']],
    [['help', 'run']],
    [['help', 'jobs']],
    [['help', 'jobs', 'list']],
    [['jobs', 'help', 'list']],
  ])('as %j, too', async (args) => {
    const help = await project.run(...args)
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain(`Usage: offstage ${args.filter((word) => word !== 'help').join(' ')}`.trimEnd())
  })

  test('without a command, the help goes to stderr and it fails', async () => {
    const { code, stdout, stderr } = await project.run()
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Usage: offstage')
  })
})

test('what Node compiled is kept in the cache folder of the user, unless that is turned off', async () => {
  const env = { XDG_CACHE_HOME: project.path('cache') }
  expect((await project.start(['jobs', 'list'], { ...env, NODE_DISABLE_COMPILE_CACHE: '1' }).ended).code).toBe(0)
  expect(existsSync(project.path('cache'))).toBe(false)
  expect((await project.start(['jobs', 'list'], env).ended).code).toBe(0)
  expect(existsSync(project.path('cache/offstage'))).toBe(true)
})
