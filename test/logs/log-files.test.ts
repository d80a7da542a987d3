import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Events } from '../../src/core/events.ts'
import { openLogFiles } from '../../src/logs/log-files.ts'
import { RotatingFile } from '../../src/logs/rotating-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const job = { id: '1', class: 'A', method: 'b', queue: 'default' }
const attempt = { ...job, attempt: 1, maxAttempts: 1, workerId: 'w' }
const failed = { ...attempt, error: { name: 'Error', message: 'no' }, reason: null }
const never = (message: string) => expect.unreachable(message)

function open(events: Events, extra = {}) {
  const paths = { file: join(folder, 'deep', 'all.log'), errorFile: join(folder, 'errors', 'wrong.log') }
  return openLogFiles(events, { ...paths, onProblem: never, ...extra })
}

describe('log files', () => {
  it('get every step, and the file of errors what went wrong; folders are made', () => {
    const events = new Events()
    const logs = open(events)
    events.emit('running', { ...attempt, args: '[]' })
    events.emit('failed', failed)
    logs.close()
    events.emit('failed', failed)
    const lines = readFileSync(logs.file, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => /\] (\w+: [\w ]+) \|/.exec(line)?.[1])).toEqual([
      'INFO: Job running',
      'ERROR: Job failed',
    ])
    expect(readFileSync(logs.errorFile, 'utf8')).toBe(`${lines[1]}\n`)
  })

  it('are written within moments, without a flush', async () => {
    const events = new Events()
    const logs = open(events)
    events.emit('running', { ...attempt, args: '[]' })
    await vi.waitFor(() => expect(readFileSync(logs.file, 'utf8')).toContain('Job running'))
    logs.close()
  })

  it('are written when the process exits without a close', async () => {
    const path = join(folder, 'exit.log')
    const code = `
      import { Events } from ${JSON.stringify(new URL('../../src/core/events.ts', import.meta.url).href)}
      import { openLogFiles } from ${JSON.stringify(new URL('../../src/logs/log-files.ts', import.meta.url).href)}
      const events = new Events()
      openLogFiles(events, { file: ${JSON.stringify(path)}, errorFile: ${JSON.stringify(`${path}.errors`)} })
      events.emit('released', ${JSON.stringify(attempt)})
      process.exit(0)`
    writeFileSync(join(folder, 'exit.mjs'), code)
    const [exitCode] = await once(fork(join(folder, 'exit.mjs')), 'exit')
    expect(exitCode).toBe(0)
    expect(readFileSync(path, 'utf8')).toContain('Job released | Id: 1')
  })

  it('refuse to start when one cannot be written, and leave no file open', () => {
    writeFileSync(join(folder, 'errors'), 'a file where a folder should be')
    const events = new Events()
    expect(() => open(events)).toThrow(
      expect.objectContaining({
        code: 'LOG_UNWRITABLE',
        message: expect.stringMatching(
          /^the log file .*wrong\.log cannot be written \(\w+\): make its folder writable/,
        ),
      }),
    )
    expect(events.has('running')).toBe(false)
  })
})

describe('a rotating file', () => {
  const fileNames = () => readdirSync(folder).sort()

  it('puts a full file aside and keeps as many as it is told', () => {
    const file = new RotatingFile({ path: join(folder, 'a.log'), maxSize: 100, keep: 2, onProblem: never })
    for (let i = 0; i < 5; i++) {
      file.append(`${i}${'x'.repeat(78)}\n`)
      file.flush()
    }
    file.close()
    const names = fileNames()
    expect(names).toHaveLength(3)
    expect(names[0]).toBe('a.log')
    expect(names[1]).toMatch(/^a\.log\.\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}$/)
    const kept = names.map((name) => readFileSync(join(folder, name), 'utf8').charAt(0))
    expect(kept[0]).toBe('4')
    // Three rotations in one millisecond may be kept in any order, but never more of them.
    expect(kept).toHaveLength(3)
  })

  it('follows a file that somebody else moved away', () => {
    const path = join(folder, 'a.log')
    const file = new RotatingFile({ path, maxSize: 1_000, keep: 5, onProblem: never })
    file.append('one\n')
    file.flush()
    renameSync(path, join(folder, 'moved.log'))
    file.append('two\n')
    file.close()
    expect(readFileSync(join(folder, 'moved.log'), 'utf8')).toBe('one\n')
    expect(readFileSync(path, 'utf8')).toBe('two\n')
  })

  it('holds its lines while it cannot write, says so once, and writes them later', () => {
    const place = join(folder, 'place')
    const path = join(place, 'a.log')
    const problems: string[] = []
    const file = new RotatingFile({ path, maxSize: 1_000, keep: 5, onProblem: (message) => problems.push(message) })
    rmSync(place, { recursive: true })
    writeFileSync(place, 'in the way')
    file.append('one\n')
    file.flush()
    file.append('two\n')
    file.flush()
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/cannot be written now \(\w+\); its lines are held/)
    rmSync(place)
    mkdirSync(place)
    file.append('three\n')
    file.flush()
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\n')
    expect(problems).toHaveLength(2)
    file.close()
  })

  it('loses and splits no line while two processes fill it', async () => {
    const path = join(folder, 'shared.log')
    const count = 20_000
    const writers = ['left', 'right'].map((name) =>
      fork(new URL('./append-lines.ts', import.meta.url), [path, name, String(count)], { execArgv: [] }),
    )
    await Promise.all(writers.map((writer) => once(writer, 'message')))
    const ends = writers.map((writer) => once(writer, 'exit'))
    for (const writer of writers) writer.send('go')
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0])
    const names = fileNames()
    expect(names.length).toBeGreaterThan(20)
    const seen = new Set<string>()
    for (const name of names) {
      const text = readFileSync(join(folder, name), 'utf8')
      expect(text.endsWith('\n')).toBe(true)
      for (const line of text.split('\n').slice(0, -1)) {
        expect(line).toMatch(/^(left|right) \d+ \.*$/)
        seen.add(line)
      }
    }
    expect(seen.size).toBe(2 * count)
    expect(existsSync(path)).toBe(true)
  })
})
