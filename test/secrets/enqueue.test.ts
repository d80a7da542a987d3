import { randomBytes } from 'node:crypto'
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createNewJob } from '../../src/client/new-job.ts'
import { type Allowed, allow } from '../../src/core/allow.ts'
import { newId } from '../../src/core/id.ts'
import { Registry } from '../../src/core/registry.ts'
import { mayHaveSealed, secret, shownArgs } from '../../src/core/secret.ts'
import { openArgs } from '../../src/secrets/open-args.ts'
import type { NewJob } from '../../src/store/store.ts'
import { thrownBy } from '../core/thrown-by.ts'

class Mailer {
  send(): void {}
}

function create(args: readonly unknown[], own: object = {}, maxBytes = 1_048_576) {
  const entry = (allow as (target: unknown, methods: object) => Allowed)(Mailer, { send: own })
  return createNewJob(Registry.from([entry]).resolve('Mailer', 'send'), args, undefined, maxBytes)
}
const created = (args: readonly unknown[]) => create(args) as NewJob

beforeEach(() => {
  process.env.OFFSTAGE_SECRET_KEY = randomBytes(32).toString('base64')
})
afterEach(() => {
  delete process.env.OFFSTAGE_SECRET_KEY
})

describe('a secret', () => {
  test('shows its value to nobody', () => {
    const held = secret('tokentoken')
    const told = [
      `${held}`,
      JSON.stringify({ held }),
      inspect(held, { showHidden: true, depth: 9 }),
      format('%o %s %j', held, held, held),
    ]
    expect(told.join(' ')).not.toContain('tokentoken')
    expect(told[0]).toBe('[secret]')
    expect(Object.values(held)).toEqual([])
    expect(structuredClone(held)).toEqual({})
  })
})

describe('an enqueue', () => {
  test('stores what can only be opened for this job', () => {
    const { id, args } = created([secret('tokentoken'), { list: [1, secret({ user: 'ann-lee' })] }, 'plain'])
    expect(args).toMatch(/^\[\{"\$secret":"v1\.[^"]+"\},\{"list":\[1,\{"\$secret":"v1\.[^"]+"\}\]\},"plain"\]$/)
    expect(args).not.toMatch(/token|ann-lee/)
    expect(openArgs(args, id)).toEqual({
      args: ['tokentoken', { list: [1, { user: 'ann-lee' }] }, 'plain'],
      secrets: ['tokentoken', { user: 'ann-lee' }],
    })
    expect(thrownBy(() => openArgs(args, newId()))).toMatchObject({ code: 'SECRET_CORRUPT' })
  })

  test('shows [secret] for each, whatever stands around it', () => {
    const looksLikeIt = ['{"$secret":"v1.x"}', '"$secret"', '{', '\\{"$secret":"v1.a"}']
    const value = fc.jsonValue().filter((each) => !JSON.stringify(each).includes('"$secret":'))
    fc.assert(
      fc.property(fc.array(fc.oneof(value, fc.constantFrom(...looksLikeIt))), value, (around, hidden) => {
        const plain = JSON.parse(JSON.stringify(around)) as unknown[]
        const { id, args } = created([secret(hidden), ...around, { deep: [secret(hidden)] }])
        expect(JSON.parse(shownArgs(args))).toEqual(['[secret]', ...plain, { deep: ['[secret]'] }])
        const opened = JSON.parse(JSON.stringify(hidden)) as unknown
        expect(openArgs(args, id)?.args).toEqual([opened, ...plain, { deep: [opened] }])
      }),
    )
  })

  test('does not touch arguments without secrets', () => {
    const { id, args } = created(['{"$secret":"v1.x"}', { text: '"$secret"' }])
    expect(shownArgs(args)).toBe(args)
    expect(openArgs(args, id)).toBeUndefined()
    expect(mayHaveSealed('[{"a":1}]')).toBe(false)
  })

  test('refuses data that looks like a sealed value', () => {
    for (const args of [[{ $secret: 'v1.a.b.c' }], [[{ x: { $secret: 1, more: 2 } }]], [secret({ $secret: 'x' })]]) {
      expect(thrownBy(() => created(args))).toMatchObject({
        code: 'ARGS_INVALID',
        message: expect.stringMatching(/^args\[0\].*\.\$secret has a name that stands for sealed values/),
      })
    }
  })

  test.each<[string, unknown, string]>([
    ['undefined', secret(undefined), 'args[0] is undefined'],
    ['a function inside', secret({ run: () => 1 }), 'args[0].run is a function'],
    ['a date', secret(new Date()), 'args[0] is a Date'],
    ['a secret', secret({ a: secret('x') }), 'args[0].a is a secret within a secret'],
  ])('refuses a secret of %s', (_, value, message) => {
    const error = thrownBy(() => created([value])) as Error
    expect(error).toMatchObject({ code: 'ARGS_INVALID' })
    expect(error.message).toContain(message)
  })

  test('counts what is stored against maxArgsBytes', () => {
    expect(() => create([secret('x'.repeat(500))], {}, 1_000)).not.toThrow()
    expect(thrownBy(() => create([secret('x'.repeat(800))], {}, 1_000))).toMatchObject({ code: 'ARGS_TOO_LARGE' })
  })

  test('without a key is refused, and says how to make one', () => {
    for (const key of ['', ' ', undefined]) {
      if (key === undefined) delete process.env.OFFSTAGE_SECRET_KEY
      else process.env.OFFSTAGE_SECRET_KEY = key
      const error = thrownBy(() => created([secret('x')])) as Error
      expect(error).toMatchObject({ code: 'SECRET_KEY_MISSING' })
      expect(error.message).toContain(`node -e "console.log(crypto.randomBytes(32).toString('base64'))"`)
      expect(created(['no secret']).args).toBe('["no secret"]')
    }
  })

  test('with a key that is none is refused', () => {
    process.env.OFFSTAGE_SECRET_KEY = 'hunter2'
    expect(thrownBy(() => created([secret('x')]))).toMatchObject({ code: 'SECRET_KEY_INVALID' })
  })
})

describe('a schema', () => {
  test('sees the value itself, and what it says of it is redacted', () => {
    const args = z.tuple([z.object({ token: z.string().startsWith('tk_', { error: ({ input }) => `bad: ${input}` }) })])
    expect(create([{ token: secret('tk_12345') }], { args })).toMatchObject({ class: 'Mailer' })
    expect(create([secret({ token: 'tk_12345' })], { args })).toMatchObject({ class: 'Mailer' })
    const error = thrownBy(() => create([{ token: secret('hunter2hunter2') }], { args })) as Error
    expect(error.message).toBe('Mailer.send refuses args[0].token: bad: [secret]')
  })

  test('that is asynchronous does too', async () => {
    const args = z.tuple([z.string().refine(async () => false, { error: ({ input }) => `bad: ${input}` })])
    await expect(create([secret('hunter2')], { args })).rejects.toThrow('Mailer.send refuses args[0]: bad: [secret]')
  })
})
