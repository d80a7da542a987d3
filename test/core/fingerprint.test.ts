import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attemptFingerprint, fingerprintOf, normalised } from '../../src/core/fingerprint.ts'
import type { JobError } from '../../src/core/job.ts'
import { toJobError } from '../../src/core/job-error.ts'

const handler = { class: 'Report', method: 'build' }
const of = (error: JobError, of = handler) => fingerprintOf(error, of)
const error = (message: string, own: Partial<JobError> = {}): JobError => ({ name: 'Error', message, ...own })
const stack = (...frames: string[]) => ['Error: x', ...frames.map((frame) => `    at ${frame}`)].join('\n')

const word = fc.stringMatching(/^[a-z]{1,10}$/)
const digits = fc.stringMatching(/^[1-9][0-9]{0,12}$/)
const hex = fc.stringMatching(/^[0-9a-f]{4}[0-9][0-9a-f]{7,30}$/)
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/)
/** What is put into messages that are otherwise one and the same, each as a pair of two values. */
const variable = fc.oneof(
  digits,
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e6 }).map((value) => value.toFixed(3)),
  fc.uuid(),
  hex,
  fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.tuple(name, name).map(([user, host]) => `${user}@${host}.example.com`),
  fc.tuple(name, name, digits).map(([host, path, id]) => `https://${host}.example/${path}/${id}?a=${id}#b`),
  fc.array(name, { minLength: 2, maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  fc.array(name, { minLength: 2, maxLength: 5 }).map((parts) => `C:\\${parts.join('\\')}.txt`),
  fc.string({ maxLength: 30 }).map((text) => `"${text.replaceAll(/["\n]/g, '')}"`),
  fc.string({ maxLength: 30 }).map((text) => `'${text.replaceAll(/['\n]/g, '')}'`),
)

describe('a fingerprint', () => {
  test('is of 12 hexadecimal digits, whatever the error says', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.option(fc.string()),
        fc.option(fc.string()),
        (name, message, stack, code) => {
          const given = { name, message, ...(stack === null ? {} : { stack }), ...(code === null ? {} : { code }) }
          expect(of(given)).toMatch(/^[0-9a-f]{12}$/)
          expect(of({ ...given, cause: given })).toMatch(/^[0-9a-f]{12}$/)
        },
      ),
    )
  })

  test('does not depend on what differs from one failure to the next', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), variable, variable, (words, a, b) => {
        const one = [...words, a].join(' ')
        const other = [...words, b].join(' ')
        // What stands for it differs with its kind: two of a kind are one cause.
        const kind = (text: string) => /<\w+>$/.exec(normalised(text))?.[0]
        expect(kind(one), one).toBeDefined()
        if (kind(one) === kind(other)) expect(of(error(one))).toBe(of(error(other)))
      }),
    )
  })

  test.each([
    ["can't find user 4711 of team's list", "can't find user <number> of team's list"],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <number>:<number>'],
    ["ENOENT: no such file or directory, open '/var/lib/a 1.json'", 'ENOENT: no such file or directory, open <text>'],
    ['duplicate key value violates constraint "users_pkey"', 'duplicate key value violates constraint <text>'],
    ['job 0193a5c0-7e00-7000-8000-000010000001 is missing', 'job <id> is missing'],
    ['GET https://api.example.com/users/17?x=1 failed with 503', 'GET <url> failed with <number>'],
    ['mail to john.doe@example.com bounced at 2026-11-22T10:00:00.123Z', 'mail to <email> bounced at <date>'],
    ['C:\\Users\\x\\file.txt and ./a/b are gone', '<path> and <path> are gone'],
    ['token eyJhbGciOiJIUzI1NiIsInR5cCI6 for 0x1F', 'token <id> for <id>'],
    ['read/write and a decade of deadbeef', 'read/write and a decade of deadbeef'],
    ['a-very-long-name-without-any-number', 'a-very-long-name-without-any-number'],
    ['two\n  lines\tof it ', 'two lines of it'],
  ])('takes out of %j what differs', (message, expected) => {
    expect(normalised(message)).toBe(expected)
    expect(normalised(expected)).toBe(expected)
  })

  test('tells errors apart by name, code, words, root cause and place', () => {
    const base = error('boom', { stack: stack('Report.build (/app/dist/jobs/report.js:3:9)') })
    const others: JobError[] = [
      { ...base, name: 'TypeError' },
      { ...base, code: 'E_BOOM' },
      { ...base, message: 'bang' },
      { ...base, cause: error('because') },
      { ...base, cause: { ...error('because'), cause: error('of this') } },
      { ...base, stack: stack('Report.load (/app/dist/jobs/report.js:3:9)') },
      { ...base, stack: stack('Report.build (/app/dist/jobs/import.js:3:9)') },
    ]
    expect(new Set([base, ...others].map((each) => of(each))).size).toBe(others.length + 1)
  })

  test('only the root of the causes counts beside the error itself', () => {
    const deep = (middle: string) => error('top', { cause: error(middle, { cause: error('root 1') }) })
    expect(of(deep('a'))).toBe(of(deep('b')))
    expect(of(deep('a'))).not.toBe(of(error('top', { cause: error('another root') })))
  })

  test('the place is the first line of the app, wherever it is deployed and whatever was edited above it', () => {
    const places = [
      stack('Report.build (/app/dist/jobs/report.js:3:9)'),
      stack('Report.build (/srv/releases/20261122/dist/jobs/report.js:30:1)', 'main (/srv/x.js:1:1)'),
      stack('Report.build (file:///C:/app/src/jobs/report.ts?t=1700000000:3:9)'),
      stack('async Report.build (C:\\app\\jobs\\report.mjs:3:9)'),
      stack(
        'query (/app/node_modules/pg/lib/client.js:1:1)',
        'async Promise.all (index 0)',
        'process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
        'Report.build (/app/dist/jobs/report.js:3:9)',
      ),
    ]
    expect(new Set(places.map((each) => of(error('boom', { stack: each })))).size).toBe(1)
    // The handler does not matter then: two of them may run into one fault.
    expect(of(error('boom', { stack: places[0] as string }), { class: 'B', method: 'c' })).toBe(
      of(error('boom', { stack: places[0] as string })),
    )
  })

  test('without a place of the app the handler stands for it', () => {
    const alone = error('boom', { stack: stack('query (/app/node_modules/pg/lib/client.js:1:1)') })
    expect(of(alone)).toBe(of(error('boom')))
    expect(of(alone)).not.toBe(of(alone, { class: 'Report', method: 'load' }))
  })

  test('of real errors: one line of code is one cause, two are two', () => {
    const thrower = (id: number) => toJobError(new Error(`no report ${id}`))
    const other = (id: number) => toJobError(new Error(`no report ${id}`))
    expect(of(thrower(1))).toBe(of(thrower(22)))
    expect(of(thrower(1))).not.toBe(of(other(1)))
  })

  test('takes little time for the worst of messages', () => {
    const worst = ["'", '"a', 'a', '/a', 'a@', '1-', 'a.', '0', 'ab-', 'a.b-', 'a:', '://', '..', 'a\\', 'f', '<']
    const beganAt = performance.now()
    for (const part of worst) for (const end of ['', '@', '"', '/', ' ']) normalised(part.repeat(8_000) + end)
    expect(performance.now() - beganAt).toBeLessThan(5_000)
  })

  test('only what failed has one', () => {
    for (const outcome of ['failed', 'timed_out', 'crashed'] as const) {
      expect(attemptFingerprint(outcome, error('x'), handler)).toBe(of(error('x')))
      expect(attemptFingerprint(outcome, undefined, handler)).toBeUndefined()
    }
    for (const outcome of ['completed', 'cancelled', 'snoozed', undefined] as const) {
      expect(attemptFingerprint(outcome, error('x'), handler)).toBeUndefined()
    }
  })
})
