import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Decoder, encode, isFromProcess } from '../../../src/worker/entry/protocol.ts'
import { inheritedExecArgv } from '../../../src/worker/runtime/exec-argv.ts'

test('messages come out as they went in, whatever the pieces they arrive in', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.json()), { maxLength: 10 }),
      fc.array(fc.nat(50), { maxLength: 50 }),
      (messages, sizes) => {
        const received: [unknown, string][] = []
        const decoder = new Decoder((head, body) => received.push([head, body]))
        const sent = messages.map(
          ([text, body]) => [{ type: 'log' as const, severity: 'info' as const, text }, body] as const,
        )
        let stream = sent.map(([head, body]) => encode(head, body)).join('')
        for (const size of sizes) {
          decoder.push(stream.slice(0, size))
          stream = stream.slice(size)
        }
        decoder.push(stream)
        expect(received).toEqual(sent)
      },
    ),
  )
})

test('only what a child process may send is taken for it', () => {
  const error = { name: 'Error', message: 'x' }
  fc.assert(fc.property(fc.anything(), (value) => !isFromProcess(value)))
  for (const good of [
    { type: 'ready' },
    { type: 'log', severity: 'info', text: '' },
    { type: 'done', outcome: { kind: 'completed' } },
    { type: 'done', outcome: { kind: 'failed', error, retry: true } },
    { type: 'crash', error },
  ]) {
    expect(isFromProcess(good), JSON.stringify(good)).toBe(true)
  }
  for (const bad of [
    undefined,
    null,
    'ready',
    { type: 'run' },
    { type: 'log', severity: 'loud', text: '' },
    { type: 'done' },
    { type: 'done', outcome: { kind: 'won' } },
    { type: 'done', outcome: { kind: 'failed', retry: true } },
    { type: 'done', outcome: { kind: 'cancelled', error: 'x' } },
    { type: 'crash' },
  ]) {
    expect(isFromProcess(bad), JSON.stringify(bad)).toBe(false)
  }
})

test('a body with line breaks between its parts stays one message', () => {
  const received: unknown[] = []
  new Decoder((_head, body) => received.push(JSON.parse(body))).push(encode({ type: 'progress' }, '{\n"a":\r\n1}'))
  expect(received).toEqual([{ a: 1 }])
})

test.for([
  [
    ['--import', 'tsx', '--conditions=dev'],
    ['--import', 'tsx', '--conditions=dev'],
  ],
  [['--inspect-brk=9229', '--enable-source-maps'], ['--enable-source-maps']],
  [
    ['--inspect-port', '9230', '--import', 'tsx'],
    ['--import', 'tsx'],
  ],
  [['-e', 'console.log(1)'], []],
  [['--input-type=module', '--eval', 'x', '--no-warnings'], ['--no-warnings']],
  [['--watch', '--watch-path=src', '--max-old-space-size=100'], ['--max-old-space-size=100']],
] as const)('of %j a child inherits %j', ([execArgv, inherited]) => {
  expect(inheritedExecArgv(execArgv)).toEqual(inherited)
})
