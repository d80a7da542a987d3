import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aTerminal, Terminal } from '../support/terminal.ts'
import { MAIN, Project } from './project.ts'

vi.setConfig({ testTimeout: 30_000 })

let project: Project
const terminals = new Set<Terminal>()
beforeEach(() => {
  project = new Project()
})
afterEach(() => {
  for (const terminal of terminals) terminal.kill()
  terminals.clear()
  project.remove()
})

function open(args: string[], columns = 80, env: Record<string, string> = {}): Terminal {
  const terminal = new Terminal([process.execPath, MAIN, ...args], { cwd: project.folder, columns, env })
  terminals.add(terminal)
  return terminal
}

/** A job that runs until it is told to go, in a child of a worker that would wait for it. */
function patient(): void {
  project.write('sample-job.js', SLOW)
  const config = readFileSync(project.path('offstage.config.js'), 'utf8')
  project.write('offstage.config.js', config.replace("'inline'", "'process'").replace("'200ms'", "'60s'"))
}

async function show(id: string): Promise<Record<string, unknown>> {
  return (await project.json('jobs', 'show', id)) as Record<string, unknown>
}

describe('start on a terminal', aTerminal, () => {
  test('shows what runs, ends and fails, and a status line below that gives way to it', async () => {
    const started = open(['start'])
    await started.said('waiting')
    const long = await project.enqueue('SampleJob', 'long')
    await started.said(/running +SampleJob\.long/)
    await started.said('1 running')
    await project.enqueue('SampleJob', 'process', '["x"]')
    await started.said(/completed +SampleJob\.process/)
    const failed = await project.enqueue('SampleJob', 'fail', 'out of luck')
    await started.said(`why: offstage jobs show ${failed.slice(0, 26)}`)
    await project.enqueue('SampleJob', 'process', '["x"]', '--delay', '1h')
    await started.said('1 delayed')
    await project.run('jobs', 'cancel', long)
    await started.said(/cancelled +SampleJob\.long/)
    await started.said('0 running · 0 waiting · 1 done · 1 failed')
    started.press('\u0003')
    expect(await started.ended).toBe(130)
    const { lines } = started
    // A short job is told of by its end only.
    expect(lines.filter((line) => /running +SampleJob\.process/.test(line))).toEqual([])
    expect(lines.find((line) => /failed +SampleJob/.test(line))).toContain('TypeError: out of luck')
    expect(lines.find((line) => line.includes('1 running'))).toMatch(/^1 running · [\d…]+ waiting · /)
    expect(lines.at(-1)).toBe('1 completed, 1 failed, 0 retried')
    for (const word of ['Database', 'Look', 'offstage jobs list', 'Ctrl-C']) expect(lines.join('\n')).toContain(word)
  })

  test('Ctrl-C lets what runs finish', async () => {
    patient()
    const started = open(['start'])
    await started.said('waiting')
    const id = await project.enqueue('SampleJob', 'process')
    await started.said('1 running')
    started.press('\u0003')
    await started.said('stopping; running jobs have 60 s')
    project.write('go', '')
    expect(await started.ended).toBe(130)
    expect(await show(id)).toMatchObject({ status: 'completed', attempt: 1 })
  })

  test('a second Ctrl-C puts back at once what runs, without spending its attempt', async () => {
    patient()
    const started = open(['start'])
    await started.said('waiting')
    const id = await project.enqueue('SampleJob', 'process')
    await started.said('1 running')
    started.press('\u0003')
    await started.said('stopping; running jobs have 60 s')
    started.press('\u0003')
    expect(await started.ended).toBe(130)
    expect(await show(id)).toMatchObject({ status: 'pending', attempt: 0 })
    // Safe means: it runs again, and to its end.
    project.write('go', '')
    expect((await project.run('work', '--drain')).code).toBe(0)
    expect(await show(id)).toMatchObject({ status: 'completed', attempt: 1 })
  })

  test('a terminal that is closed lets what runs finish, and ends the worker', async () => {
    patient()
    const started = open(['start', '--id', 'orphan'])
    await started.said('waiting')
    const id = await project.enqueue('SampleJob', 'process')
    await started.said('1 running')
    started.kill()
    await started.ended
    // The terminal is gone; its log file is not.
    const logged = (text: string) => () =>
      expect(readFileSync(project.path('logs/background_jobs.log'), 'utf8')).toContain(text)
    await vi.waitFor(logged('orphan is stopping'), 20_000)
    project.write('go', '')
    await vi.waitFor(logged('orphan stopped'), 20_000)
    expect(await show(id)).toMatchObject({ status: 'completed', attempt: 1 })
  })

  test('a flood of jobs is summed up, what failed is still told', async () => {
    project.write(
      'flood.js',
      `import offstage from './offstage.config.js'
      await offstage.runBackgroundJobs(Array.from({ length: 1_500 }, () => ['SampleJob', 'process', []]))
      await offstage.close()`,
    )
    execFileSync(process.execPath, ['flood.js'], { cwd: project.folder })
    const failed = await project.enqueue('SampleJob', 'fail')
    const started = open(['start'])
    await started.said('1,500 done · 1 failed')
    started.press('\u0003')
    expect(await started.ended).toBe(130)
    expect(started.output).toMatch(/… [\d,]+ more steps in this second: all are in logs\/background_jobs\.log/)
    expect(started.lines.filter((line) => line.includes('completed ')).length).toBeLessThan(200)
    expect(started.output).toContain(`why: offstage jobs show ${failed.slice(0, 26)}`)
    expect(started.lines.at(-1)).toBe('1500 completed, 1 failed, 0 retried')
  })

  test('NO_COLOR: no colours; a dumb terminal: no status line either', async () => {
    for (const [env, line] of [
      [{ NO_COLOR: '1' }, true],
      [{ TERM: 'dumb' }, false],
    ] as const) {
      const started = open(['start'], 80, env)
      await started.said('started')
      await project.enqueue('SampleJob', 'process')
      await started.said(/completed +SampleJob\.process/)
      started.press('\u0003')
      await started.ended
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal is sent.
      expect(started.output).not.toMatch(/\u001b\[\d+m/)
      expect(started.output.includes('\u001b[2K')).toBe(line)
    }
  })

  test('40 columns: the status line fits, and so do lists', async () => {
    const started = open(['start'], 40)
    await started.said('waiting')
    await project.enqueue('SampleJob', 'process')
    await started.said('1 done')
    started.press('\u0003')
    await started.ended
    const status = started.lines.filter((line) => /^\d+ running/.test(line))
    expect(status.length).toBeGreaterThan(0)
    for (const line of status) expect(line.length).toBeLessThan(40)
    const list = open(['jobs', 'list'], 40)
    expect(await list.ended).toBe(0)
    expect(list.lines.join(' ')).toMatch(/completed .*SampleJob\.process/)
    for (const line of list.lines) expect(line.length).toBeLessThanOrEqual(40)
    const help = open(['jobs', 'list', '--help'], 40)
    expect(await help.ended).toBe(0)
  })

  test('a locale that is not UTF-8: only ASCII', async () => {
    await project.enqueue(
      'SampleJob',
      'process',
      JSON.stringify(['x'.repeat(50)]),
      '--queue',
      'a-queue-with-a-long-name',
    )
    const outputs: string[] = []
    for (const args of [['start'], ['jobs', 'list'], ['doctor'], ['--help'], ['run', '--help'], ['run', 'No', 'x']]) {
      const run = open(args, 60, { LC_ALL: 'C' })
      if (args[0] === 'start') {
        await run.said('1 done')
        run.press('\u0003')
      }
      await run.ended
      outputs.push(run.output)
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
    for (const output of outputs) expect(output).toMatch(/^[\u0000-\u007f]+$/)
  })
})

const SLOW = `
import { existsSync, watch } from 'node:fs'
export class SampleJob {
  async process() {
    const watcher = watch('.')
    while (!existsSync('go')) await new Promise((resolve) => watcher.once('change', resolve))
    watcher.close()
  }
  fail() {}
  flaky() {}
  apart() {}
  long() {}
}
`
