import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { argumentLine, jsonPieces } from '../../../src/dashboard/web/format/json.ts'

describe('JSON', () => {
  test('is cut into pieces of a kind each', () => {
    expect(jsonPieces('{"a": "b:c", "n": -1.5e3, "t": true}')).toEqual([
      { kind: 'mark', text: '{' },
      { kind: 'key', text: '"a"' },
      { kind: 'mark', text: ': ' },
      { kind: 'text', text: '"b:c"' },
      { kind: 'mark', text: ', ' },
      { kind: 'key', text: '"n"' },
      { kind: 'mark', text: ': ' },
      { kind: 'word', text: '-1.5e3' },
      { kind: 'mark', text: ', ' },
      { kind: 'key', text: '"t"' },
      { kind: 'mark', text: ': ' },
      { kind: 'word', text: 'true' },
      { kind: 'mark', text: '}' },
    ])
  })

  test('loses nothing, whatever the text', () => {
    const whole = (text: string) =>
      jsonPieces(text)
        .map((piece) => piece.text)
        .join('')
    for (const texts of [fc.json(), fc.string({ unit: 'binary' })]) {
      fc.assert(
        fc.property(texts, (text) => {
          expect(whole(text)).toBe(text)
        }),
      )
    }
  })

  test('an argument list stands without its outer brackets, and is cut', () => {
    expect(argumentLine(['a', { b: 1 }], 100)).toBe('"a", {"b":1}')
    expect(argumentLine(['abcdef'], 4)).toBe('"abc…')
  })
})
