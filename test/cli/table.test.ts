import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import type { Column } from '../../src/cli/table.ts'

interface Row {
  id: string
  name: string
  size: number
}
const columns: Column<Row>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'NAME', cell: ({ name }) => name, flexible: true },
  { title: 'EXTRA', cell: () => 'x'.repeat(10), optional: true },
  { title: 'SIZE', cell: ({ size }) => String(size), align: 'right' },
]
const rows = [
  { id: 'a', name: 'short', size: 7 },
  { id: 'bb', name: 'n'.repeat(40), size: 1_234 },
]

const { isTTY, columns: width } = process.stdout
afterAll(() => Object.assign(process.stdout, { isTTY, columns: width }))
beforeEach(() => vi.resetModules())

/** What is asked of the terminal once, when the command line starts, is asked again for each test. */
async function lines(
  terminal: { isTTY: boolean; columns: number },
  noColor: string,
  shown: Row[] = rows,
): Promise<string[]> {
  Object.assign(process.stdout, terminal)
  vi.stubEnv('NO_COLOR', noColor)
  vi.stubEnv('TERM', 'xterm')
  vi.stubEnv('LC_ALL', 'C.UTF-8')
  const { tableLines } = await import('../../src/cli/table.ts')
  return tableLines(columns, shown)
}

test('in a pipe: one line a row, parted by tabs, nothing cut', async () => {
  expect(await lines({ isTTY: false, columns: 20 }, '')).toEqual([
    'a\tshort\txxxxxxxxxx\t7',
    `bb\t${'n'.repeat(40)}\txxxxxxxxxx\t1234`,
  ])
})

test('on a terminal: aligned columns under their titles', async () => {
  expect(await lines({ isTTY: true, columns: 80 }, '1')).toEqual([
    `ID  NAME${' '.repeat(36)}  EXTRA       SIZE`,
    `a   short${' '.repeat(35)}  xxxxxxxxxx     7`,
    `bb  ${'n'.repeat(40)}  xxxxxxxxxx  1234`,
  ])
})

test('on a narrow one, what is optional goes first, then the flexible column is cut', async () => {
  const narrow = await lines({ isTTY: true, columns: 40 }, '1')
  expect(narrow[0]).toMatch(/^ID {2}NAME +SIZE$/)
  expect(narrow[2]).toBe(`bb  ${'n'.repeat(29)}…  1234`)
  expect(Math.max(...narrow.map(({ length }) => length))).toBe(40)
})

test('colours are for a terminal without NO_COLOR only', async () => {
  expect((await lines({ isTTY: true, columns: 80 }, '')).join('')).toContain('\u001b[2m')
  vi.resetModules()
  expect((await lines({ isTTY: true, columns: 80 }, '1')).join('')).not.toContain('\u001b')
})

test('what somebody else wrote neither breaks a line nor drives the terminal', async () => {
  const hostile = [{ id: 'a', name: '\u001b[31mred\ttwo\nlines', size: 1 }]
  const safe = '\\u001b[31mred\\ttwo\\nlines'
  expect(await lines({ isTTY: false, columns: 80 }, '', hostile)).toEqual([`a\t${safe}\txxxxxxxxxx\t1`])
  vi.resetModules()
  expect((await lines({ isTTY: true, columns: 80 }, '1', hostile))[1]).toBe(`a   ${safe}  xxxxxxxxxx     1`)
})
