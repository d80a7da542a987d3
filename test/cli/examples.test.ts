import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
let examples = ''
beforeAll(() => {
  // A copy, with the built package beside it, as it would be installed: a person's own run of them is not disturbed.
  folder = mkdtempSync(join(tmpdir(), 'offstage-examples-'))
  examples = join(folder, 'examples')
  cpSync(join(root, 'examples'), examples, { recursive: true, filter: (path) => !/examples.data/.test(path) })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'offstage'), 'junction')
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function descendants(pid: number): number[] {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const children = processes.map((line) => line.trim().split(/\s+/).map(Number)).filter(([, parent]) => parent === pid)
  return children.flatMap(([child = 0]) => [child, ...descendants(child)])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('npm start runs every kind of job, sums up, goes on working and leaves nothing behind', {
  timeout: 120_000,
}, async () => {
  const env = { ...process.env, NO_COLOR: '1' }
  const child = spawn(process.execPath, [join(examples, 'start.ts')], { cwd: folder, env, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = once(child, 'exit')
  try {
    await vi.waitFor(() => expect(output).toContain('It goes on working'), { timeout: 60_000, interval: 50 })
    const summary = output.slice(output.indexOf('JOB  ')).split('\n')
    const rows = summary.map((line) => line.trim().split(/ {2,}/).slice(0, 3).join(' | '))
    expect(rows).toEqual(
      expect.arrayContaining([
        'WordCount.count("tide.txt") | completed | completed',
        'WordCount.count("lost.txt") | failed | failed → failed',
        'Letter.send("the second floor") | completed | failed → completed',
        'Report.build("All texts") | completed | completed',
        'Scanner.scan(7) | completed | crashed → completed',
        'Archive.pack("everything") | cancelled | cancelled',
      ]),
    )
    expect(output).toMatch(/dispatched +Report\.build\("All texts"\) +due in 3 s/)
    expect(readFileSync(join(examples, 'data', 'report.md'), 'utf8')).toContain('words in 8 texts')
    // Its line is written in a batch, which may be on its way when the summary is.
    const errors = () => readFileSync(join(examples, 'data', 'background_jobs_errors.log'), 'utf8')
    await vi.waitFor(() => expect(errors()).toContain('ERROR: Job failed |'), { timeout: 10_000 })

    const command = [join(root, 'dist', 'cli', 'main.js'), 'run', 'WordCount', 'count', 'soup.txt', '--wait', '--json']
    const other = execFileSync(process.execPath, command, { cwd: examples, env, encoding: 'utf8' })
    expect(JSON.parse(other)).toMatchObject({ status: 'completed', result: { file: 'soup.txt' } })

    const children = descendants(child.pid ?? 0)
    expect(children.length).toBeGreaterThan(0)
    child.kill('SIGINT')
    expect(await ended).toEqual([0, null])
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]))
  } finally {
    child.kill('SIGKILL')
  }
})
