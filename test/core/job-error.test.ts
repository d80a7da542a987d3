import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JobError } from '../../src/core/job.ts'
import { fromJobError, toJobError } from '../../src/core/job-error.ts'

class PaymentError extends Error {
  override name = 'PaymentError'
  code = 'CARD_DECLINED'
}

describe('toJobError', () => {
  test('keeps name, message, stack, code and the chain of causes', () => {
    const stored = toJobError(new PaymentError('declined', { cause: new TypeError('inner', { cause: 'text' }) }))
    expect(stored).toMatchObject({
      name: 'PaymentError',
      message: 'declined',
      code: 'CARD_DECLINED',
      cause: { name: 'TypeError', message: 'inner', cause: { name: 'Error', message: 'text' } },
    })
    expect(stored.stack).toContain('job-error.test.ts')
  })

  test.each<[unknown, JobError]>([
    ['text', { name: 'Error', message: 'text' }],
    [undefined, { name: 'Error', message: 'undefined was thrown' }],
    [null, { name: 'Error', message: 'null' }],
    [42, { name: 'Error', message: '42' }],
    [{ status: 500 }, { name: 'Error', message: '{"status":500}' }],
    [
      { name: 'Custom', message: 'of another realm' },
      { name: 'Custom', message: 'of another realm' },
    ],
    [Object.assign(Object.create(null), { message: 'bare' }), { name: 'Error', message: 'bare' }],
  ])('makes an error of what is none: %#', (thrown, stored) => {
    expect(toJobError(thrown)).toEqual(stored)
  })

  test('tells what is in an AggregateError', () => {
    const errors = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((text) => new Error(text))
    expect(toJobError(new AggregateError(errors, 'all failed')).message).toBe('all failed: a; b; c; d; e and 2 more')
    expect(toJobError(new AggregateError([new Error('x')])).message).toBe('Several errors: x')
  })

  test('survives whatever is thrown', () => {
    const hostile = {
      get message(): string {
        throw new Error('in a getter')
      },
    }
    const circular: Record<string, unknown> = {}
    circular.self = circular
    const proxy = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap')
        },
      },
    )
    for (const thrown of [hostile, circular, proxy, Symbol('s'), 1n, () => {}]) {
      expect(toJobError(thrown)).toMatchObject({ name: 'Error', message: expect.any(String) })
    }
    fc.assert(fc.property(fc.anything(), (thrown) => typeof toJobError(thrown).message === 'string'))
  })

  test('is bounded: long texts are cut, endless and circular causes end', () => {
    const long = new Error('m'.repeat(1_000_000))
    long.stack = 's'.repeat(1_000_000)
    expect(JSON.stringify(toJobError(long)).length).toBeLessThan(30_000)

    let chain = new Error('root')
    for (let i = 0; i < 1_000; i++) chain = new Error(`level ${i}`, { cause: chain })
    expect(JSON.stringify(toJobError(chain)).length).toBeLessThan(200_000)

    const circle = new Error('a')
    circle.cause = new Error('b', { cause: circle })
    expect(toJobError(circle)).toMatchObject({ message: 'a', cause: { message: 'b' } })
    expect(toJobError(circle).cause?.cause).toBeUndefined()
  })

  test('is searched for secrets before it is cut, in all its texts', () => {
    const hide = (text: string) => text.replaceAll('tokentoken', '[secret]')
    const token = 'tokentoken'
    const inner = Object.assign(new Error(`${'x'.repeat(8_192 - 5)}${token}`), { code: token })
    const thrown = Object.assign(new AggregateError([token], token, { cause: inner }), { name: token })
    const stored = toJobError(thrown, hide)
    expect(stored).toMatchObject({ name: '[secret]', message: '[secret]: [secret]', cause: { code: '[secret]' } })
    expect(JSON.stringify(stored)).not.toContain('token')
    expect(toJobError(token, hide)).toEqual({ name: 'Error', message: '[secret]' })
  })

  test('is plain data', () => {
    const stored = toJobError(new PaymentError('declined', { cause: new Error('inner') }))
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored)
  })
})

test('fromJobError gives the error back', () => {
  const stored = toJobError(new PaymentError('declined', { cause: new TypeError('inner') }))
  const error = fromJobError(stored)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'PaymentError', message: 'declined', code: 'CARD_DECLINED' })
  expect(String(error)).toBe('PaymentError: declined')
  expect(toJobError(error)).toEqual(stored)
})
