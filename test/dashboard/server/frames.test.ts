import { describe, expect, test } from 'vitest'
import { framesOf, parseStack } from '../../../src/dashboard/server/frames.ts'

const one = (line: string) => parseStack(`Error: x\n    ${line}`)[0]

describe('a line of a stack', () => {
  test.each([
    ['at ReportJob.build (/app/jobs/report.ts:12:7)', 'ReportJob.build', '/app/jobs/report.ts', 12, 7, true],
    [
      'at async ReportJob.build (file:///app/jobs/report.ts:12:7)',
      'ReportJob.build',
      'file:///app/jobs/report.ts',
      12,
      7,
      true,
    ],
    ['at /app/main.js:3:1', null, '/app/main.js', 3, 1, true],
    ['at async file:///app/main.js:3:1', null, 'file:///app/main.js', 3, 1, true],
    ['at new Report (/app/my (old) reports/a b.ts:1:2)', 'new Report', '/app/my (old) reports/a b.ts', 1, 2, true],
    ['at C:\\app\\jobs\\report.ts:1:2', null, 'C:\\app\\jobs\\report.ts', 1, 2, true],
    [
      'at query (/app/node_modules/pg/lib/client.js:526:17)',
      'query',
      '/app/node_modules/pg/lib/client.js',
      526,
      17,
      false,
    ],
    ['at x (C:\\app\\node_modules\\pg\\a.js:1:1)', 'x', 'C:\\app\\node_modules\\pg\\a.js', 1, 1, false],
    [
      'at process.processTicks (node:internal/process/task_queues:105:5)',
      'process.processTicks',
      'node:internal/process/task_queues',
      105,
      5,
      false,
    ],
  ])('%s', (line, name, file, row, column, own) => {
    expect(one(line)).toEqual({ function: name, file, line: row, column, own, text: line })
  })

  test.each([
    'at Promise.all (index 0)',
    'at JSON.parse (<anonymous>)',
    'at eval (eval at run (/app/a.js:1:1), <anonymous>:1:1)',
  ])('%s is in no file of the app', (line) => expect(one(line)).toMatchObject({ own: false }))

  test('that is none is left out, as those of the message are', () => {
    expect(parseStack('Error: at home\nat the door\n    and in\n    at f (/a.ts:1:1)')).toHaveLength(1)
  })

  test('of any length costs no time', () => {
    const began = performance.now()
    parseStack(`    at ${'( '.repeat(500_000)}`)
    parseStack(`    at ${' ('.repeat(100)}\n`.repeat(5_000))
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

test('the frames of an error are followed by those of its causes, up to a hundred', () => {
  const frame = (name: string) => `Error\n    at ${name} (/${name}.ts:1:1)`
  const error = { name: 'E', message: '', stack: frame('a'), cause: { name: 'E', message: '', stack: frame('b') } }
  expect(framesOf(error).map((each) => each.function)).toEqual(['a', 'b'])
  expect(framesOf({ name: 'E', message: '', stack: `    at f (/a.ts:1:1)\n`.repeat(500) })).toHaveLength(100)
  expect(framesOf(null)).toEqual([])
  expect(framesOf({ name: 'E', message: 'no stack' })).toEqual([])
})
