import { describe, expect, test } from 'vitest'
import { DEFAULT_COST, Passwords } from '../../../src/dashboard/server/auth/password.ts'
import { passwordFault } from '../../../src/dashboard/server/auth/password-rules.ts'
import { CHEAP } from './fixture.ts'

const cheap = new Passwords(CHEAP)

describe('a stored password', () => {
  test('is scrypt at the cost that OWASP advises, with a salt of its own', async () => {
    const passwords = new Passwords()
    const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
    expect(one).toMatch(/^scrypt\$ln=17,r=8,p=1\$[\w+/]{22}==\$[\w+/]{43}=$/)
    expect(one).not.toBe(two)
    expect(await passwords.verify('correct horse', one)).toEqual({ right: true, outdated: false })
    expect(await passwords.verify('correct horsf', one)).toEqual({ right: false, outdated: false })
  })

  test('that was hashed at a lower cost is right, and outdated; at a higher cost it is not', async () => {
    const stored = await cheap.hash('correct horse')
    expect(await new Passwords({ ...CHEAP, ln: 5 }).verify('correct horse', stored)).toEqual({
      right: true,
      outdated: true,
    })
    expect(await new Passwords({ ...CHEAP, ln: 3 }).verify('correct horse', stored)).toEqual({
      right: true,
      outdated: false,
    })
    expect(await new Passwords({ ...CHEAP, ln: 5 }).verify('wrong horse', stored)).toEqual({
      right: false,
      outdated: false,
    })
  })

  test('is the same however its letters are encoded, and different in any other way', async () => {
    const stored = await cheap.hash('caf\u00e9 au lait')
    expect((await cheap.verify('cafe\u0301 au lait', stored)).right).toBe(true)
    expect((await cheap.verify('cafe au lait', stored)).right).toBe(false)
    expect((await cheap.verify('Café au lait', stored)).right).toBe(false)
    expect((await cheap.verify('café au lait ', stored)).right).toBe(false)
  })

  test('that is missing or broken fits nothing', async () => {
    const [, , , key = ''] = (await cheap.hash('x')).split('$')
    const huge = `scrypt$ln=30,r=8,p=1$AAAA$${key}`
    for (const stored of [null, '', 'correct horse', 'scrypt$$$', `scrypt$ln=0,r=8,p=1$AAAA$${key}`, huge]) {
      expect(await cheap.verify('correct horse', stored)).toEqual({ right: false, outdated: false })
    }
  })

  test('is not hashed when it is far too long', async () => {
    const hashing = bothTurns()
    expect(await Promise.race([...hashing, new Passwords().verify('x'.repeat(10_000), null)])).toEqual({
      right: false,
      outdated: false,
    })
    await Promise.all(hashing)
  })
})

/** Two that take a while: whoever hashes meanwhile comes after one of them. */
function bothTurns(): Promise<string>[] {
  const slow = new Passwords({ ...CHEAP, ln: 13 })
  return [slow.hash('correct horse'), slow.hash('correct horse')]
}

describe('an unknown user', () => {
  test('is hashed for like any other', async () => {
    const hashing = bothTurns()
    expect(await Promise.race([cheap.verify('wrong horse', null), ...hashing])).toMatch(/^scrypt/)
    await Promise.all(hashing)
  })

  test('takes the time that a wrong password takes', async () => {
    const passwords = new Passwords({ ...DEFAULT_COST, ln: 14 })
    const stored = await passwords.hash('correct horse')
    const time = async (what: string | null) => {
      const began = performance.now()
      for (let n = 0; n < 5; n += 1) await passwords.verify('wrong horse', what)
      return performance.now() - began
    }
    // Without a hash it would be thousands of times less; a busy machine may make it some times less or more.
    expect(await time(null)).toBeGreaterThan((await time(stored)) / 20)
  })
})

test('two passwords are hashed at a time, whoever asks, and with very many waiting it says so', async () => {
  const slow = [new Passwords({ ...CHEAP, ln: 12 }), new Passwords({ ...CHEAP, ln: 12 })]
  let done = 0
  const all = Array.from({ length: 30 }, async (_, n) => {
    await slow[n % 2]?.hash('correct horse')
    done += 1
  })
  expect(slow.map(({ busy }) => busy)).toEqual([true, true])
  await Promise.race(all)
  expect(done).toBeLessThanOrEqual(2)
  await Promise.all(all)
  expect(slow.map(({ busy }) => busy)).toEqual([false, false])
  expect((await slow[0]?.verify('correct horse', (await slow[1]?.hash('correct horse')) ?? null))?.right).toBe(true)
})

describe('a new password', () => {
  test.each([
    ['short', '9 letters'],
    ['the shortest in letters, not in units', '🙂🙂🙂🙂🙂🙂🙂🙂🙂'],
    ['long', 'abcde'.repeat(52)],
    ['the email', 'Ada.Lovelace@example.org'],
    ['the name in the email, with digits', 'ada.lovelace1815!'],
    ['a common one', 'qwertyuiop'],
    ['a common one with an end', 'Password2026!'],
    ['another', 'P@ssw0rd12'],
    ['numbers in a row', '1234567890'],
    ['one letter', 'aaaaaaaaaaaaaaaa'],
    ['few letters', 'ababcdabcdab'],
  ])('is refused when it is %s', (_, password) => {
    expect(passwordFault(password, 'ada.lovelace@example.org')).toBeTypeOf('string')
  })

  test.each([
    '10 letters',
    'correct horse battery staple',
    'Xq7#mLp2vR',
    'Пароль для всех',
    '漢字仮名交じり文を書く人',
    `${'x'.repeat(251)}12345`,
  ])('may be %s', (password) => {
    expect(passwordFault(password, 'ada.lovelace@example.org')).toBeUndefined()
  })
})
