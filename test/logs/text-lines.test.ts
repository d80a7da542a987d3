import { describe, expect, it } from 'vitest'
import type { JobError } from '../../src/core/job.ts'
import { jsonLine } from '../../src/logs/json-lines.ts'
import { PARAMETERS_SHOWN, textLine } from '../../src/logs/text-lines.ts'

const at = Date.UTC(2026, 10, 22, 10, 0, 0)
const job = { id: '0193abcd', class: 'SampleJob', method: 'process', queue: 'default' }
const attempt = { ...job, attempt: 1, maxAttempts: 4, workerId: 'w1' }
const error = { name: 'Error', message: 'no luck' }
const start = 'Id: 0193abcd | Class: SampleJob | Method: process'
const dispatched = { ...job, args: '[{"data":"example"}]', priority: 10, runAt: null, delayMs: 0, inTransaction: false }

describe('text lines', () => {
  it('have the documented form, byte by byte', () => {
    const next = new Date(at + 12_345)
    const lines = [
      textLine('dispatched', dispatched, at),
      textLine('dispatched', { ...dispatched, priority: 7, delayMs: 10_000 }, at),
      textLine('dispatched', { ...dispatched, inTransaction: true }, at),
      textLine('running', { ...attempt, args: '[]' }, at + 1_999),
      textLine('retrying', { ...attempt, error, nextAttemptAt: next, outcome: 'failed' }, at),
      textLine('retrying', { ...attempt, error, nextAttemptAt: next, outcome: 'timed_out' }, at),
      textLine('retrying', { ...attempt, error, nextAttemptAt: next, outcome: 'crashed' }, at),
      textLine('completed', { ...attempt, attempt: 2, durationMs: 1_234 }, at),
      textLine('failed', { ...attempt, attempt: 4, error, reason: null }, at),
      textLine('failed', { ...attempt, error, reason: 'poisonous' }, at),
      textLine('cancelled', { ...attempt, durationMs: 250 }, at),
      textLine('cancelled', { ...attempt, durationMs: null }, at),
      textLine('snoozed', { ...attempt, nextAttemptAt: next }, at),
      textLine('released', attempt, at),
      textLine('stale', { ...attempt, write: 'settle' }, at),
      textLine('worker', { workerId: 'w1', state: 'lost', message: 'its lease ended' }, at),
    ]
    expect(lines.join('')).toBe(
      [
        `[2026-11-22 10:00:00] INFO: Job dispatched | ${start} | Parameters: [{"data":"example"}] | Priority: high`,
        `[2026-11-22 10:00:00] INFO: Job dispatched | ${start} | Parameters: [{"data":"example"}] | Priority: 7 | Delay: 10s`,
        `[2026-11-22 10:00:00] INFO: Job dispatched, if its transaction commits | ${start} | Parameters: [{"data":"example"}] | Priority: high`,
        `[2026-11-22 10:00:01] INFO: Job running | ${start} | Attempt: 1/4`,
        `[2026-11-22 10:00:00] WARNING: Job failed, will retry | ${start} | Attempt: 1/4 | Next attempt: 2026-11-22 10:00:12 | Error: no luck`,
        `[2026-11-22 10:00:00] WARNING: Job timed out, will retry | ${start} | Attempt: 1/4 | Next attempt: 2026-11-22 10:00:12 | Error: no luck`,
        `[2026-11-22 10:00:00] WARNING: Job crashed, will retry | ${start} | Attempt: 1/4 | Next attempt: 2026-11-22 10:00:12 | Error: no luck`,
        `[2026-11-22 10:00:00] INFO: Job completed | ${start} | Attempt: 2/4 | Duration: 1.2s`,
        `[2026-11-22 10:00:00] ERROR: Job failed | ${start} | Attempt: 4/4 | Error: no luck`,
        `[2026-11-22 10:00:00] ERROR: Job failed | ${start} | Attempt: 1/4 | Reason: poisonous | Error: no luck`,
        `[2026-11-22 10:00:00] INFO: Job cancelled | ${start} | Attempt: 1/4 | Duration: 250ms`,
        `[2026-11-22 10:00:00] INFO: Job cancelled | ${start} | Attempt: 1/4`,
        `[2026-11-22 10:00:00] INFO: Job snoozed | ${start} | Attempt: 1/4 | Next attempt: 2026-11-22 10:00:12`,
        `[2026-11-22 10:00:00] INFO: Job released | ${start} | Attempt: 1/4`,
        `[2026-11-22 10:00:00] WARNING: Job write refused, the attempt is no longer its own | ${start} | Attempt: 1/4 | Write: settle`,
        `[2026-11-22 10:00:00] WARNING: Worker lost its lease | Worker: w1 | Message: its lease ended`,
        '',
      ].join('\n'),
    )
  })

  it('stay one line whatever an error or an argument holds', () => {
    const message = 'first\nsecond\r\n\u001b[31mred\u2028third\u0085'
    const line = textLine('failed', { ...attempt, error: { name: 'TypeError', message }, reason: null }, at)
    expect(line).toContain('| Error: TypeError: first\\nsecond\\r\\n\\u001b[31mred\\u2028third\\u0085\n')
    const parameters = textLine('dispatched', { ...dispatched, args: '["a\u2028b\u009bc"]' }, at)
    expect(parameters).toContain('["a\\u2028b\\u009bc"]')
  })

  it('name the kind of an error that has no message', () => {
    const of = (silent: JobError) => textLine('failed', { ...attempt, error: silent, reason: null }, at)
    const plain = { name: 'Error', message: '' }
    expect(of(plain)).toMatch(/\| Error: Error\n$/)
    expect(of({ name: 'TypeError', message: '', cause: plain })).toMatch(/\| Error: TypeError \(cause: Error\)\n$/)
  })

  it('name what caused an error', () => {
    const cause = { name: 'TypeError', message: 'inner', cause: { name: 'Error', message: 'innermost' } }
    const line = textLine('failed', { ...attempt, error: { ...error, cause }, reason: null }, at)
    expect(line).toContain('| Error: no luck (cause: TypeError: inner) (cause: innermost)\n')
  })

  it('cut parameters at 1,000 characters, never inside one', () => {
    const line = textLine(
      'dispatched',
      { ...dispatched, args: JSON.stringify(['x'.repeat(997) + '😀'.repeat(500)]) },
      at,
    )
    const shown = /Parameters: (.*) \| Priority/.exec(line)?.[1] ?? ''
    expect(shown).toBe(`["${'x'.repeat(997)}…`)
    expect(shown.length).toBeLessThanOrEqual(PARAMETERS_SHOWN + 1)
  })

  it('hide the values of parameters whose name sounds secret, nested and cut ones too', () => {
    const args = JSON.stringify([
      { user: 'ann', apiKey: 'k-123', deep: { Password: { old: 'p-1' } } },
      't'.repeat(2_000),
    ])
    const line = textLine('dispatched', { ...dispatched, args }, at)
    expect(line).toContain('[{"user":"ann","apiKey":"[redacted]","deep":{"Password":"[redacted]"}}')
    expect(jsonLine('dispatched', { ...dispatched, args }, at)).not.toMatch(/k-123|p-1/)
  })
})

describe('json lines', () => {
  it('are one JSON object a line, with ISO times', () => {
    const nextAttemptAt = new Date(at + 12_000)
    const line = jsonLine('retrying', { ...attempt, error, nextAttemptAt, outcome: 'failed' }, at)
    expect(line.endsWith('}\n')).toBe(true)
    expect(JSON.parse(line)).toEqual({
      time: '2026-11-22T10:00:00.000Z',
      level: 'warning',
      event: 'retrying',
      message: 'Job failed, will retry',
      ...attempt,
      nextAttemptAt: '2026-11-22T10:00:12.000Z',
      outcome: 'failed',
      error: { name: 'Error', message: 'no luck' },
    })
  })

  it('hold the arguments as JSON, as text only when they were cut', () => {
    expect(JSON.parse(jsonLine('dispatched', dispatched, at)).args).toEqual([{ data: 'example' }])
    const long = JSON.stringify(['y'.repeat(5_000)])
    const { args } = JSON.parse(jsonLine('dispatched', { ...dispatched, args: long }, at))
    expect(args).toBe(`${long.slice(0, 1_000)}…`)
  })
})
