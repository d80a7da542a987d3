import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newId } from '../../src/core/id.ts'
import { Keyring } from '../../src/secrets/keyring.ts'
import { thrownBy } from '../core/thrown-by.ts'

const makeKey = () => randomBytes(32).toString('base64')
const job = newId()

describe('a keyring', () => {
  test('opens what it has sealed, whatever it is', () => {
    const keyring = Keyring.parse(makeKey())
    fc.assert(
      fc.property(fc.json(), fc.uuid(), (json, id) => {
        const sealed = keyring.seal(json, id)
        expect(sealed).toMatch(/^v1\.[\w-]+\.[\w-]{16}\.[\w-]+$/)
        expect(keyring.open(sealed, id)).toBe(json)
      }),
    )
  })

  test('never seals twice alike', () => {
    const keyring = Keyring.parse(makeKey())
    const sealed = new Set(Array.from({ length: 500 }, () => keyring.seal('"same"', job)))
    expect(sealed.size).toBe(500)
  })

  test('opens nothing that was changed by a single bit', () => {
    const keyring = Keyring.parse(makeKey())
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.nat(7), (json, at, bit) => {
        const [version, id, iv, text = ''] = keyring.seal(json, job).split('.')
        const bytes = Buffer.from(text, 'base64url')
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit)
        const changed = [version, id, iv, bytes.toString('base64url')].join('.')
        expect(thrownBy(() => keyring.open(changed, job))).toMatchObject({ code: 'SECRET_CORRUPT' })
        const cut = [version, id, iv, Buffer.from(text, 'base64url').subarray(0, -1).toString('base64url')].join('.')
        expect(thrownBy(() => keyring.open(cut, job))).toMatchObject({ code: 'SECRET_CORRUPT' })
      }),
    )
  })

  test('opens nothing for another job', () => {
    const keyring = Keyring.parse(makeKey())
    expect(thrownBy(() => keyring.open(keyring.seal('1', job), newId()))).toMatchObject({ code: 'SECRET_CORRUPT' })
  })

  test.each(['', 'x', 'v1', 'v2.a.b.c', 'v1.a.AAAAAAAAAAAAAAAA.', '{}', 'v1.a..'])('opens no %o', (text) => {
    const keyring = Keyring.parse(`a:${makeKey()}`)
    expect(thrownBy(() => keyring.open(text, job))).toMatchObject({ code: 'SECRET_CORRUPT' })
  })

  test('seals under its first key and opens with each', () => {
    const [old, fresh] = [makeKey(), makeKey()]
    const before = Keyring.parse(`old:${old}`)
    const after = Keyring.parse(` new:${fresh} , old:${old} `)
    expect(after.open(before.seal('"x"', job), job)).toBe('"x"')
    const sealed = after.seal('"y"', job)
    expect(sealed).toContain('v1.new.')
    expect(thrownBy(() => before.open(sealed, job))).toMatchObject({
      code: 'SECRET_KEY_UNKNOWN',
      message: expect.stringContaining('under the key "new", which is not in this worker\'s OFFSTAGE_SECRET_KEY'),
    })
  })

  test('keys without an id can be rotated as they are, and named later', () => {
    const [old, fresh] = [makeKey(), makeKey()]
    const sealed = Keyring.parse(old).seal('"x"', job)
    expect(Keyring.parse(`${fresh},${old}`).open(sealed, job)).toBe('"x"')
    expect(Keyring.parse(`b:${fresh},a:${old}`).open(sealed, job)).toBe('"x"')
    expect(thrownBy(() => Keyring.parse(fresh).open(sealed, job))).toMatchObject({ code: 'SECRET_KEY_UNKNOWN' })
  })

  test('a key of the same id and other bytes opens nothing', () => {
    const sealed = Keyring.parse(`a:${makeKey()}`).seal('"x"', job)
    expect(thrownBy(() => Keyring.parse(`a:${makeKey()}`).open(sealed, job))).toMatchObject({
      code: 'SECRET_CORRUPT',
      message: expect.stringContaining('the key "a" here is not the one that sealed it'),
    })
  })

  test('takes base64 of either alphabet, padded or not', () => {
    const bytes = Buffer.alloc(32, 0xfb)
    const sealed = Keyring.parse(bytes.toString('base64')).seal('1', job)
    for (const text of [bytes.toString('base64url'), bytes.toString('base64').replace('=', '')]) {
      expect(Keyring.parse(text).open(sealed, job)).toBe('1')
    }
  })

  const good = makeKey()
  test.each([
    ['too short', randomBytes(31).toString('base64'), 'it is not 32 bytes in base64'],
    ['too long', randomBytes(33).toString('base64'), 'it is not 32 bytes in base64'],
    ['hexadecimal', randomBytes(32).toString('hex'), 'it is not 32 bytes in base64'],
    ['a password', 'correct horse battery staple', 'it is not 32 bytes in base64'],
    ['empty', '', 'it is not 32 bytes in base64'],
    ['an empty entry', `${good},`, 'its key number 2 is not 32 bytes'],
    ['a wrong second one', `a:${good},b:short`, 'its key number 2 is not 32 bytes'],
    ['an id with a dot', `a.b:${good}`, 'has an id that is not'],
    ['an empty id', `:${good}`, 'has an id that is not'],
    ['an id twice', `a:${good},a:${makeKey()}`, 'its key number 2 has the id or the bytes of an earlier one'],
    ['a key twice', `${good},${good}`, 'its key number 2 has the id or the bytes of an earlier one'],
  ])('%s is refused without being shown', (_, text, problem) => {
    const error = thrownBy(() => Keyring.parse(text)) as Error
    expect(error).toMatchObject({ code: 'SECRET_KEY_INVALID' })
    expect(error.message).toContain(problem)
    expect(error.message).toContain('make one with: node -e')
    for (const part of text.split(/[,:]/)) if (part.length > 5) expect(error.message).not.toContain(part)
  })
})
