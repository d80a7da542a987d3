import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonFault } from '../../src/cli/json-fault.ts'

describe('where a text is no JSON', () => {
  test.each([
    ['[1,', 3, 'a value'],
    ['[1,]', 3, 'a value'],
    ['[1 2]', 3, '"," or "]"'],
    ['[', 1, 'a value or "]"'],
    ['["a]', 1, 'a value or "]"'],
    ['[{a:1}]', 2, 'a name in double quotes or "}"'],
    ["['a']", 1, 'a value or "]"'],
    ['[{"a" 1}]', 6, '":"'],
    ['[{"a":1]', 7, '"," or "}"'],
    ['[01]', 1, 'a value or "]"'],
    ['[1.]', 1, 'a value or "]"'],
    ['[tru]', 1, 'a value or "]"'],
    ['[1] x', 4, 'nothing more'],
    ['', 0, 'a value'],
  ])('%j: at %i, expected %s', (text, at, expected) => {
    expect(jsonFault(text)).toEqual({ at, expected })
  })

  test('however deep it is nested', () => {
    const deep = 100_000
    expect(jsonFault('['.repeat(deep))).toEqual({ at: deep, expected: 'a value or "]"' })
    expect(jsonFault(`${'['.repeat(deep)}1 2`)).toEqual({ at: deep + 2, expected: '"," or "]"' })
    expect(jsonFault(`${'{"a":'.repeat(deep)}`)).toEqual({ at: deep * 5, expected: 'a value' })
    expect(jsonFault(`${'['.repeat(deep)}${']'.repeat(deep)}`)).toBeUndefined()
  })

  test('it finds a fault exactly where JSON.parse does', () => {
    const broken = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', ']', '}', ':', '0', 'x', ' ', '\\', '-'))
    fc.assert(
      fc.property(broken, ([json, at, more]) => {
        const place = at % (json.length + 1)
        const text = json.slice(0, place) + more + json.slice(more === '' ? place + 1 : place)
        expect(jsonFault(text) === undefined).toBe(parses(text))
      }),
      { numRuns: 500 },
    )
  })
})

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
