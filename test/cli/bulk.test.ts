import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

type Listed = { jobs: { id: string; status: string; queue: string }[] }

async function statuses(...filter: string[]): Promise<Record<string, number>> {
  const { jobs } = (await project.json('jobs', 'list', '--limit', '1000', ...filter)) as Listed
  const counts: Record<string, number> = {}
  for (const { status } of jobs) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

describe('a bulk change', () => {
  test('says in a pipe how many it would change, and changes none without --yes', async () => {
    for (const queue of ['a', 'a', 'b']) await project.enqueue('SampleJob', 'process', '[]', '--queue', queue)
    const refused = await project.run('jobs', 'cancel', '--queue', 'a')
    expect(refused).toEqual({
      code: 2,
      stdout: '',
      stderr: 'offstage: this would cancel 2 jobs (queue:a): say so with --yes\n',
    })
    expect(await statuses()).toEqual({ pending: 3 })
    expect(await project.run('jobs', 'cancel', '--queue', 'a', '--yes')).toEqual({
      code: 0,
      stdout: '2 jobs cancelled\n',
      stderr: '',
    })
    expect(await statuses('--queue', 'a')).toEqual({ cancelled: 2 })
    expect(await statuses('--queue', 'b')).toEqual({ pending: 1 })
  })

  test('means only jobs that it can be done to, and does it to each once', async () => {
    for (const method of ['process', 'fail', 'fail']) await project.enqueue('SampleJob', method)
    await project.run('work', '--drain')
    await project.enqueue('SampleJob', 'process', '[]', '--delay', '1h', '--tag', 'later')
    expect(await project.json('jobs', 'retry', '--class', 'SampleJob', '--yes')).toEqual({
      matched: 2,
      done: 2,
      requested: 0,
      skipped: 0,
    })
    expect(await statuses()).toEqual({ completed: 1, pending: 3 })
    expect(await project.json('jobs', 'run-now', '--tag', 'later', '--yes')).toMatchObject({ matched: 1, done: 1 })
    expect(await project.json('jobs', 'delete', 'status:completed', 'class:SampleJob', '--yes')).toMatchObject({
      done: 1,
    })
    await project.run('work', '--drain')
    expect(await statuses()).toEqual({ completed: 1, failed: 2 })
    expect(await project.json('jobs', 'delete', '--all', '--yes')).toMatchObject({ matched: 3, done: 3 })
    expect(await statuses()).toEqual({})
  })

  test('goes through more than one turn, and leaves what comes meanwhile', async () => {
    project.write(
      'fill.js',
      `import offstage from './offstage.config.js'
      await offstage.runBackgroundJobs(Array.from({ length: 650 }, () => ['SampleJob', 'fail']))
      await offstage.close()`,
    )
    const { code } = await project.node('fill.js')
    expect(code).toBe(0)
    expect(await project.json('jobs', 'cancel', '--method', 'fail', '--yes')).toEqual({
      matched: 650,
      done: 650,
      requested: 0,
      skipped: 0,
    })
    expect(await statuses()).toEqual({ cancelled: 650 })
    expect(await project.json('jobs', 'clear', '--yes')).toEqual({ deleted: 650, spared: 0 })
  })

  test('nothing that matches is nothing wrong', async () => {
    await project.enqueue('SampleJob', 'process')
    expect(await project.run('jobs', 'retry', '--all')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'offstage: no job matches\n',
    })
    expect(await project.json('jobs', 'cancel', '--class', 'Nobody')).toMatchObject({ matched: 0, done: 0 })
  })

  test('running jobs are asked to stop by cancel, and spared by clear, which says so', async () => {
    const id = await project.enqueue('SampleJob', 'long')
    await project.enqueue('SampleJob', 'process', '[]', '--delay', '1h')
    const worker = project.start(['work'])
    await vi.waitFor(async () => expect(await statuses()).toMatchObject({ running: 1 }), { timeout: 20_000 })
    expect(await project.run('jobs', 'clear', '--yes')).toEqual({
      code: 0,
      stdout: '1 job deleted\n',
      stderr: 'offstage: 1 running job was spared: `offstage jobs cancel --status running` stops them\n',
    })
    expect(await project.run('jobs', 'delete', id)).toMatchObject({
      code: 1,
      stderr: `offstage: job ${id} is running: a running job cannot be deleted; possible now: cancel\n`,
    })
    expect((await project.run('jobs', 'cancel', '--all', '--yes')).stdout).toBe('1 job being stopped\n')
    await vi.waitFor(async () => expect(await statuses()).toEqual({ cancelled: 1 }), { timeout: 20_000 })
    worker.child.kill('SIGTERM')
    await worker.ended
  })
})

test('a beginning that several jobs have is refused with their ids', async () => {
  const ids = [await project.enqueue('SampleJob', 'process'), await project.enqueue('SampleJob', 'process')]
  const { code, stderr } = await project.run('jobs', 'show', '0')
  expect(code).toBe(2)
  expect(stderr).toBe(`offstage: several jobs begin with 0: ${ids.join(', ')}; give more of the id\n`)
})
