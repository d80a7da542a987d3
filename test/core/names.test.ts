import { describe, expect, test } from 'vitest'
import { classNameProblem, labelProblem, methodNameProblem } from '../../src/core/names.ts'

const hostile = [
  '',
  '../../etc/passwd',
  'C:\\jobs\\Sample',
  'jobs/sample-job.ts',
  'file:///tmp/x.js',
  'SampleJob; rm -rf /',
  '$(reboot)',
  '`id`',
  'a|b',
  "x' OR 1=1 --",
  'Sample"Job',
  'SampleJob.process',
  'Sample Job',
  'Sample\nJob',
  'Sample\u0000Job',
  'Sämple',
  '1Job',
  '__proto__',
  'x'.repeat(201),
]

describe.each([
  ['class', classNameProblem],
  ['method', methodNameProblem],
])('the name of a %s', (_, problem) => {
  test.each(['SampleJob', '_private', '$dollar', 'a1'])('%s is one', (name) => {
    expect(problem(name)).toBeUndefined()
  })

  test.each([...hostile, 42, null, undefined, {}, ['SampleJob']])('%j is none, and the problem is one line', (name) => {
    expect(problem(name)).toMatch(/^.{5,300}$/)
  })
})

test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'isPrototypeOf', 'prototype'])(
  'no method is called %s',
  (name) => {
    expect(methodNameProblem(name)).toContain(name)
  },
)

test.each(['', ' ', ' padded', 'a,b', 'a\nb', 'x'.repeat(101), 3, null])('%j is no queue and no tag', (name) => {
  expect(labelProblem(name)).toBeTypeOf('string')
})

test.each(['high', 'customer:42', 'Ünïcode ok', '日本'])('%j may be a queue or a tag', (name) => {
  expect(labelProblem(name)).toBeUndefined()
})
