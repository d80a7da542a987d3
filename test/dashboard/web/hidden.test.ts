import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cut, firstLine, pieces, visibleText } from '../../../src/dashboard/web/format/hidden.ts'

describe('hidden characters', () => {
  test.for([
    ['plain', 'plain'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
    ['windows\r\nline', 'windows\nline'],
    ['a lone \r return', 'a lone ⟨CR⟩ return'],
    ['\u202Egnp.exe\u202C', '⟨RLO⟩gnp.exe⟨PDF⟩'],
    ['\u2066x\u2069', '⟨LRI⟩x⟨PDI⟩'],
    ['pass\u200Bword', 'pass⟨ZWSP⟩word'],
    ['bell\u0007', 'bell⟨BEL⟩'],
    ['\u001b[31mred', '⟨ESC⟩[31mred'],
    ['del\u007f', 'del⟨DEL⟩'],
    ['nul\0', 'nul⟨NUL⟩'],
    ['half \ud83d', 'half ⟨U+D83D⟩'],
    ['tag \u{E0041}', 'tag ⟨U+E0041⟩'],
    // What belongs to a name or a picture stays whole.
    ['👩‍💻 and ❤️', '👩‍💻 and ❤️'],
    ['שלום', 'שלום'],
  ] as const)('%j is shown as %j', ([text, shown]) => {
    expect(visibleText(text)).toBe(shown)
  })

  test('nothing that is shown holds one, and nothing else is lost', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const hidden = /[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]/
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const found = pieces(text)
        expect(found.every((piece) => !('text' in piece) || !hidden.test(piece.text))).toBe(true)
        const again = found.map((piece) => ('text' in piece ? piece.text : fromCode(piece.code))).join('')
        expect(again).toBe(text.replaceAll('\r\n', '\n'))
      }),
    )
  })
})

function fromCode(code: string): string {
  return String.fromCodePoint(Number.parseInt(code.slice(2), 16))
}

describe('cutting', () => {
  test('never leaves half of a pair', () => {
    expect(cut('ab😀', 3)).toBe('ab')
    expect(cut('ab😀', 4)).toBe('ab😀')
  })

  test('takes the first line', () => {
    expect(firstLine('one\ntwo', 100)).toBe('one')
    expect(firstLine('one\r\ntwo', 100)).toBe('one')
    expect(firstLine('long enough', 4)).toBe('long…')
  })
})
