import { describe, expect, test } from 'vitest'
import { Throttle } from '../../../src/dashboard/server/auth/throttle.ts'
import { ManualClock } from '../../../src/testing/manual-clock.ts'

function start() {
  const clock = new ManualClock()
  return { clock, throttle: new Throttle(clock.now) }
}

/** Tries until it is refused; how many were admitted, and how long to wait. */
function tryAll(throttle: Throttle, address: (n: number) => string, email: (n: number) => string) {
  for (let n = 0; n < 1_000; n += 1) {
    const slowed = throttle.admit(address(n), email(n))
    if (slowed !== undefined) return { admitted: n, waitMs: slowed.retryAfterMs }
  }
  throw new Error('never refused')
}

const same = (text: string) => () => text
const each = (text: string) => (n: number) => `${text}${n}`

describe('the throttle', () => {
  test('slows an address down, whatever emails it tries: 2 s, 4 s, … 15 minutes', () => {
    const { clock, throttle } = start()
    expect(tryAll(throttle, same('203.0.113.7'), each('user'))).toEqual({ admitted: 10, waitMs: 2_000 })
    const waits: number[] = []
    for (let n = 0; n < 12; n += 1) {
      const slowed = throttle.admit('203.0.113.7', `next${n}`)
      waits.push((slowed?.retryAfterMs ?? 0) / 1_000)
      clock.advance((slowed?.retryAfterMs ?? 0) - 1)
      expect(throttle.admit('203.0.113.7', `next${n}`)?.retryAfterMs).toBe(1)
      clock.advance(1)
      expect(throttle.admit('203.0.113.7', `next${n}`)).toBeUndefined()
    }
    expect(waits.slice(0, 6)).toEqual([2, 4, 8, 16, 32, 64])
    // From then on more is forgotten while one waits than is added.
    expect(Math.max(...waits)).toBeLessThanOrEqual(900)
    expect(throttle.admit('203.0.113.8', 'user0')).toBeUndefined()
  })

  test('slows an email down, whatever addresses try it, but never longer than a minute', () => {
    const { clock, throttle } = start()
    expect(tryAll(throttle, each('203.0.113.'), same('ada@example.org'))).toEqual({ admitted: 5, waitMs: 1_000 })
    for (let n = 0; n < 300; n += 1) {
      const slowed = throttle.admit(`198.51.100.${n % 250}`, 'ada@example.org')
      expect(slowed?.retryAfterMs ?? 0).toBeLessThanOrEqual(60_000)
      clock.advance(slowed?.retryAfterMs ?? 0)
    }
    expect(throttle.admit('192.0.2.1', 'bob@example.org')).toBeUndefined()
  })

  test('admits at most 30 tries in the first hour and 15 in each further one from one address, and never none', () => {
    const { clock, throttle } = start()
    const admitted: number[] = []
    for (let hour = 0; hour < 4; hour += 1) {
      let count = 0
      for (let second = 0; second < 3_600; second += 1) {
        if (throttle.admit('203.0.113.7', `user${second}`) === undefined) count += 1
        clock.advance(1_000)
      }
      admitted.push(count)
    }
    expect(admitted[0]).toBeLessThanOrEqual(30)
    for (const count of admitted.slice(1)) expect(count).toBeLessThanOrEqual(15)
    for (const count of admitted) expect(count).toBeGreaterThan(3)
  })

  test('counts a try before it is known how it ends: many at once are no way round', () => {
    const { throttle } = start()
    const answers = Array.from({ length: 50 }, () => throttle.admit('203.0.113.7', 'ada@example.org'))
    expect(answers.filter((answer) => answer === undefined).length).toBe(5)
  })

  test('forgives an email all when its owner comes in, and the address that one try', () => {
    const { clock, throttle } = start()
    for (let n = 0; n < 9; n += 1) throttle.admit('203.0.113.7', `user${n}`)
    for (let n = 0; n < 4; n += 1) throttle.admit(`198.51.100.${n}`, 'ada@example.org')
    expect(throttle.admit('203.0.113.7', 'ada@example.org')).toBeUndefined()
    throttle.succeeded('203.0.113.7', 'ada@example.org')
    expect(tryAll(throttle, each('192.0.2.'), same('ada@example.org')).admitted).toBe(5)
    expect(tryAll(throttle, same('203.0.113.7'), each('other')).admitted).toBe(1)
    clock.advance(3 * 3_600_000)
    expect(tryAll(throttle, same('203.0.113.7'), each('later')).admitted).toBe(10)
  })

  test('signing in to an own account again and again does not free an address for more', () => {
    const { throttle } = start()
    let guesses = 0
    for (let n = 0; n < 100; n += 1) {
      if (throttle.admit('203.0.113.7', 'mallory@example.org') === undefined) {
        throttle.succeeded('203.0.113.7', 'mallory@example.org')
      }
      if (throttle.admit('203.0.113.7', `victim${n}`) === undefined) guesses += 1
    }
    expect(guesses).toBeLessThanOrEqual(10)
  })

  test.each([
    ['the addresses of one /64 are one', '2001:db8:1:2::1', '2001:0DB8:1:2:aaaa:bbbb:cccc:dddd', true],
    ['however they are written', '2001:db8::1', '2001:db8:0:0:ffff::1', true],
    ['with a zone', 'fe80::1%eth0', 'fe80::2%eth0', true],
    ['another /64 is another', '2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['IPv4 addresses are one each', '203.0.113.7', '203.0.113.70', false],
  ])('%s', (_, a, b, one) => {
    const { throttle } = start()
    tryAll(throttle, same(a), each('user'))
    expect(throttle.admit(b, 'ada@example.org') !== undefined).toBe(one)
  })

  test('without an address goes by the email alone: strangers do not slow each other down', () => {
    const { throttle } = start()
    for (let n = 0; n < 100; n += 1) expect(throttle.admit('', `user${n}`)).toBeUndefined()
    expect(tryAll(throttle, same(''), same('ada@example.org')).admitted).toBe(5)
    throttle.succeeded('', 'ada@example.org')
    expect(throttle.admit('', 'ada@example.org')).toBeUndefined()
  })

  test('says once for each wait that it has begun', () => {
    const { clock, throttle } = start()
    for (let n = 0; n < 5; n += 1) throttle.admit('203.0.113.7', 'ada@example.org')
    const first = () => throttle.admit('203.0.113.7', 'ada@example.org')?.first
    expect([first(), first(), first()]).toEqual([true, false, false])
    clock.advance(1_000)
    expect([first(), first(), first()]).toEqual([undefined, true, false])
  })

  test('remembers a limited number', () => {
    const { throttle } = start()
    tryAll(throttle, same('203.0.113.7'), each('user'))
    for (let n = 0; n < 21_000; n += 1) throttle.admit(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, `e${n}`)
    expect(throttle.admit('203.0.113.7', 'ada@example.org')).toBeUndefined()
  })
})
