import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../../src/core/filter-text.ts'
import { accept, complete } from '../../../src/dashboard/web/filter/complete.ts'
import { listCommand, termOf, withIds, withTerm } from '../../../src/dashboard/web/filter/terms.ts'

const VOCABULARY = {
  classes: ['ReportJob', 'Mailer'],
  methods: ['build'],
  queues: ['mail', 'two words'],
  workers: ['w1'],
}

describe('terms of a filter', () => {
  test('are read and changed where they stand', () => {
    expect(termOf('class:A status:failed', 'status')).toBe('failed')
    expect(termOf('class:A', 'status')).toBeUndefined()
    expect(termOf('status:failed,running', 'status')).toBeUndefined()
    expect(withTerm('class:A status:failed since:1h', 'status', 'running')).toBe('class:A status:running since:1h')
    expect(withTerm('class:A', 'status', 'running')).toBe('class:A status:running')
    expect(withTerm('status:failed class:A', 'status', undefined)).toBe('class:A')
    expect(withTerm('', 'queue', 'two words')).toBe('queue:"two words"')
  })

  test('what is written back means what was meant', () => {
    const text = withTerm('args."first name":"Ada L" tag:x', 'queue', 'a "quoted" one')
    expect(parseFilter(text, 0).filter).toEqual({
      args: [{ path: 'first name', value: 'Ada L' }],
      tag: 'x',
      queue: 'a "quoted" one',
    })
  })

  test('ids take the place of an id', () => {
    const ids = ['0193a5c0-7e00-7000-8000-000000000001', '0193a5c0-7e00-7000-8000-000000000002']
    const text = withIds('id:0193 status:failed', ids)
    expect(parseFilter(text, 0).filter).toEqual({ ids, status: ['failed'] })
  })

  test('make a command that a shell reads as one word each', () => {
    expect(listCommand('')).toBe('npx offstage jobs list')
    expect(listCommand('status:failed queue:"two words"')).toBe(
      `npx offstage jobs list status:failed 'queue:"two words"'`,
    )
    expect(listCommand("args.name:O'Hara")).toBe(`npx offstage jobs list 'args.name:O'\\''Hara'`)
  })
})

describe('completion', () => {
  const at = (text: string) => complete(text, text.length, VOCABULARY)
  const texts = (text: string) => at(text).suggestions.map((suggestion) => suggestion.text)

  test('offers fields, then their values', () => {
    expect(texts('')).toContain('status:')
    expect(texts('st')).toEqual(['status:'])
    expect(texts('status:f')[0]).toBe('status:failed')
    expect(texts('class:')).toEqual(['class:ReportJob', 'class:Mailer'])
    expect(texts('class:mail')).toEqual(['class:Mailer'])
    expect(texts('queue:two')).toEqual(['queue:"two words"'])
    expect(texts('priority:')).toContain('priority:high')
    expect(texts('since:')).toContain('since:1h')
    expect(texts('args')).toEqual(['args.'])
    expect(texts('nothing:x')).toEqual([])
  })

  test('offers nothing for what is complete', () => {
    expect(texts('status:failed')).toEqual([])
  })

  test('sees the word under the caret only', () => {
    const text = 'status:failed cl queue:mail'
    const completion = complete(text, 'status:failed cl'.length, VOCABULARY)
    expect(completion.suggestions.map((suggestion) => suggestion.text)).toEqual(['class:'])
    expect(accept(text, completion, 'class:')).toEqual({
      text: 'status:failed class: queue:mail',
      caret: 'status:failed class:'.length,
    })
  })

  test('goes on behind a value, and waits behind a field', () => {
    expect(accept('status:f', at('status:f'), 'status:failed')).toEqual({ text: 'status:failed ', caret: 14 })
    expect(accept('st', at('st'), 'status:')).toEqual({ text: 'status:', caret: 7 })
  })

  test('takes what stands in quotes as one word', () => {
    const text = 'queue:"two w'
    expect(at(text).from).toBe(0)
    expect(texts(text)).toEqual(['queue:"two words"'])
  })
})
