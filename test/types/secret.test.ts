import { describe, expectTypeOf, test } from 'vitest'
import { allow, defineOffstage, type Secret, secret } from '../../src/index.ts'

// For the compiler, which `compile.test.ts` runs: an `@ts-expect-error` fails when the line after it does compile.
// What is given to `compileOnly` never runs.
const compileOnly = (_: () => unknown) => {}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

interface Request {
  url: string
  format: 'pdf' | 'html'
  auth?: { user: string; password: string; scopes: string[] }
  headers: Record<string, string>
}

class Mailer {
  send(token: string, tries = 1, format?: 'pdf' | 'html'): void {
    void [token, tries, format]
  }
  call(request: Request, keys: readonly string[]): void {
    void [request, keys]
  }
  flag(on: boolean, extra: string | null): void {
    void [on, extra]
  }
  anything(json: Json, other: unknown): void {
    void [json, other]
  }
  nothing(): void {}
}

const define = () => defineOffstage({ jobs: [allow(Mailer, 'send', 'call', 'flag', 'anything', 'nothing')] })
const { runBackgroundJob, runBackgroundJobs } = {} as ReturnType<typeof define>

describe('secret', () => {
  test('keeps the type of its value', () => {
    expectTypeOf(secret({ a: 1 })).toEqualTypeOf<Secret<{ a: number }>>()
    expectTypeOf<Secret<'pdf'>>().toExtend<Secret<string>>()
  })

  test('stands for an argument', () => {
    compileOnly(() => runBackgroundJob(Mailer, 'send', [secret('token')]))
    compileOnly(() => runBackgroundJob(Mailer, 'send', [secret('token'), secret(3), secret('pdf')], { delay: 1 }))
    compileOnly(() => runBackgroundJob('Mailer', 'send', [secret('token')]))
    compileOnly(() => runBackgroundJobs([[Mailer, 'send', [secret('token')]]]))
    compileOnly(() => runBackgroundJob(Mailer, 'flag', [secret(true), secret(null)]))
    compileOnly(() => runBackgroundJob(Mailer, 'anything', [secret('x'), secret({ y: 1 })]))
  })

  test('stands for a part of one, however deep', () => {
    const auth = { user: 'ann', password: secret('x'), scopes: ['a', secret('b')] }
    const headers = { authorization: secret('x') }
    compileOnly(() =>
      runBackgroundJob(Mailer, 'call', [{ url: 'u', format: secret('pdf'), headers, auth }, ['a', secret('b')]]),
    )
    compileOnly(() =>
      runBackgroundJob(Mailer, 'call', [
        {
          url: 'u',
          format: 'pdf',
          headers: secret({ a: 'b' }),
          auth: secret({ user: 'a', password: 'b', scopes: [] }),
        },
        secret(['a']),
      ]),
    )
    compileOnly(() => runBackgroundJob(Mailer, 'anything', [{ a: [secret('x'), { b: secret(1) }] }, 1]))
  })

  test('of another type is refused', () => {
    // @ts-expect-error: a number
    compileOnly(() => runBackgroundJob(Mailer, 'send', [secret(1)]))
    // @ts-expect-error: not one of the formats
    compileOnly(() => runBackgroundJob(Mailer, 'send', ['token', 1, secret('docx')]))
    // @ts-expect-error: a number inside
    compileOnly(() => runBackgroundJob(Mailer, 'call', [{ url: secret(1), format: 'pdf', headers: {} }, []]))
    // @ts-expect-error: surplus
    compileOnly(() => runBackgroundJob(Mailer, 'nothing', [secret('x')]))
    // @ts-expect-error: the options hold no secrets
    compileOnly(() => runBackgroundJob(Mailer, 'nothing', [], { queue: secret('x') }))
    // @ts-expect-error: secrets do not help where the property does not exist
    compileOnly(() => runBackgroundJob(Mailer, 'call', [{ url: 'u', format: 'pdf', headers: {}, more: secret(1) }, []]))
  })

  test('does not give its value away', () => {
    // @ts-expect-error: there is no such property
    compileOnly(() => secret('x').value)
    // @ts-expect-error: it is not the text
    compileOnly(() => secret('x').length)
  })
})
