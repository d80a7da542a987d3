import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Events, type OffstageEvents } from '../../../src/core/events.ts'
import { newId } from '../../../src/core/id.ts'
import { parseLogLine } from '../../../src/dashboard/server/log-lines.ts'
import { type LogQuery, readLogBackwards } from '../../../src/dashboard/server/log-reader.ts'
import { type LogFilesOptions, openLogFiles } from '../../../src/logs/log-files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = () => join(folder, 'jobs.log')
const read = (query: Partial<LogQuery> = {}) => readLogBackwards({ file: file(), limit: 100, ...query })

function logs(options: Partial<LogFilesOptions> = {}) {
  const events = new Events()
  const files = openLogFiles(events, { file: file(), errorFile: join(folder, 'errors.log'), ...options })
  return { events, files }
}

function attempt(change: object = {}) {
  const base = { id: newId(), class: 'ReportJob', method: 'build', queue: 'default' }
  return { ...base, attempt: 1, maxAttempts: 4, workerId: 'w1', ...change }
}

const error = { name: 'TypeError', message: 'no | such | Class: Other' }

/** One event of each kind that is written, with text in it that looks like the form of a line. */
const EVERY: { [Name in keyof OffstageEvents]: OffstageEvents[Name] } = {
  dispatched: {
    ...attempt(),
    args: '[{"a":" | Priority: x | Error: y"}]',
    priority: 10,
    runAt: null,
    delayMs: 5_000,
    inTransaction: false,
  },
  running: { ...attempt(), args: '[]' },
  completed: { ...attempt(), durationMs: 1_200 },
  retrying: { ...attempt(), error, nextAttemptAt: new Date('2026-11-22T10:00:12Z'), outcome: 'failed' },
  failed: { ...attempt(), error, reason: 'expired' },
  cancelled: { ...attempt(), durationMs: null },
  snoozed: { ...attempt(), nextAttemptAt: new Date('2026-11-22T10:00:12Z') },
  released: attempt(),
  stale: { ...attempt(), write: 'settle' },
  worker: { workerId: 'w1', state: 'lost', message: 'its lease | Id: 1 has ended' },
}

describe.each(['text', 'json'] as const)('lines of %s', (format) => {
  test('of every kind are taken apart again', () => {
    const { events, files } = logs({ format })
    for (const [name, event] of Object.entries(EVERY))
      events.emit(name as 'running', event as OffstageEvents['running'])
    files.close()
    const entries = read().entries.reverse()
    expect(entries).toHaveLength(Object.keys(EVERY).length)
    const { id } = EVERY.dispatched
    expect(entries[0]).toMatchObject({
      severity: 'INFO',
      message: 'Job dispatched',
      fields: { Id: id, Class: 'ReportJob', Method: 'build', Parameters: EVERY.dispatched.args },
    })
    expect(entries[2]?.fields).toMatchObject({ Attempt: '1/4', Id: EVERY.completed.id })
    expect(entries[3]).toMatchObject({ severity: 'WARNING', message: 'Job failed, will retry' })
    expect(entries[4]).toMatchObject({
      severity: 'ERROR',
      message: 'Job failed',
      fields: { Class: 'ReportJob', Reason: 'expired', Error: 'TypeError: no | such | Class: Other' },
    })
    expect(entries[9]).toMatchObject({ fields: { Worker: 'w1', Message: 'its lease | Id: 1 has ended' } })
    for (const { at } of entries) expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000)
  })

  test('are found by severity, class, job and text', () => {
    const { events, files } = logs({ format })
    const one = attempt()
    const other = attempt({ class: 'MailJob' })
    for (const event of [one, other]) {
      events.emit('running', { ...event, args: '[]' })
      events.emit('failed', { ...event, error: { name: 'Error', message: 'Connection REFUSED' }, reason: null })
    }
    files.close()
    const found = (query: Partial<LogQuery>) => read(query).entries.map(({ fields, message }) => [fields.Id, message])
    expect(found({ severities: ['ERROR'] })).toEqual([other, one].map(({ id }) => [id, 'Job failed']))
    expect(found({ class: 'MailJob' })).toHaveLength(2)
    expect(found({ class: 'Mail' })).toEqual([])
    expect(found({ job: one.id.slice(0, -1) })).toHaveLength(other.id.startsWith(one.id.slice(0, -1)) ? 4 : 2)
    expect(found({ text: 'connection refused', class: 'ReportJob' })).toEqual([[one.id, 'Job failed']])
  })
})

describe('what is no line of ours', () => {
  test.each([
    '',
    'nonsense',
    '{',
    '{}',
    '[]',
    '{"time":1}',
    'null',
    '[2026-11-22 10:00:00] NOTICE: x',
    'x'.repeat(1_000_000),
  ])('is left out: %.40s', (line) => expect(parseLogLine(line)).toBeUndefined())

  test('harms no line beside it', () => {
    const line = '[2026-11-22 10:00:00] INFO: Worker started | Worker: w1 | Message: hello'
    writeFileSync(file(), `${line}\n\0\u{1f600}\n\n${line}\n${'x'.repeat(3_000_000)}\n${line}\n[2026-11-22 10:0`)
    expect(read().entries).toHaveLength(3)
    expect(read().before).toBeNull()
  })

  test('is a file that is not there', () => {
    expect(read()).toEqual({ entries: [], before: null })
    expect(readLogBackwards({ file: join(folder, 'no', 'jobs.log'), limit: 1 })).toEqual({ entries: [], before: null })
  })
})

describe('pages', () => {
  const numbers = (page: ReturnType<typeof read>) => page.entries.map(({ fields }) => Number(fields.Message))
  const line = (i: number) => `[2026-11-22 10:00:00] INFO: Worker warning | Worker: w | Message: ${i}\n`

  test('go back from the newest, through files that were put aside, without a line lost or twice', () => {
    const { events, files } = logs({ maxSize: 4_000, keep: 10 })
    for (let i = 0; i < 300; i++) {
      events.emit('worker', { workerId: 'w', state: 'warning', message: String(i) })
      files.flush()
    }
    files.close()
    expect(readdirSync(folder).length).toBeGreaterThan(4)
    const seen: number[] = []
    let before: string | null | undefined
    do {
      const page = read({ limit: 7, before: before ?? undefined })
      seen.push(...numbers(page))
      before = page.before
    } while (before !== null)
    expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => 299 - i))
  })

  test('stay where they were while lines are added and the file is put aside', () => {
    const { events, files } = logs({ maxSize: 4_000, keep: 10 })
    const tell = (i: number) => events.emit('worker', { workerId: 'w', state: 'warning', message: String(i) })
    for (let i = 0; i < 20; i++) tell(i)
    files.flush()
    const first = read({ limit: 5 })
    for (let i = 20; i < 200; i++) {
      tell(i)
      files.flush()
    }
    files.close()
    const second = read({ limit: 5, before: first.before as string })
    expect([...numbers(first), ...numbers(second)]).toEqual([19, 18, 17, 16, 15, 14, 13, 12, 11, 10])
  })

  test('end after so many bytes, and go on from there, when little is found', () => {
    writeFileSync(file(), line(1))
    for (let i = 0; i < 300; i++) appendFileSync(file(), line(2).repeat(1_000))
    let pages = 0
    let entries = 0
    let before: string | undefined
    do {
      const page = read({ text: 'message: 1', before })
      pages += 1
      entries += page.entries.length
      before = page.before ?? undefined
    } while (before !== undefined)
    expect(entries).toBe(1)
    expect(pages).toBeGreaterThan(2)
  })

  test('of a file that was removed since are empty', () => {
    writeFileSync(file(), line(1).repeat(100))
    const { before } = read({ limit: 5 })
    rmSync(file())
    expect(read({ before: before as string })).toEqual({ entries: [], before: null })
  })
})
