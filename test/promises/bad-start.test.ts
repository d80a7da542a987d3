import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { makeApp } from '../support/app.ts'
import { InlineJobs } from '../support/promise-jobs.ts'

vi.setConfig({ testTimeout: 120_000 })

const index = JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)
const config = (jobs: string, more = '') =>
  `import { allow, defineOffstage } from ${index}
class A { static jobName = 'Sample'; process() {} }
class B { static jobName = 'Sample'; process() {} }
export default defineOffstage({ logs: false, jobs: [${jobs}], ${more} })
`

/** [what is wrong, the config module, exit code, what is said] */
const WRONG: [string, string, number, RegExp][] = [
  ['throws', `throw new Error('no luck today')`, 2, /offstage\.config\.ts.*no luck today/],
  ['has a syntax error', `export default {\n  jobs: [,,}\n`, 2, /offstage\.config\.ts/],
  ['exports nothing', `const offstage = 1`, 2, /offstage\.config\.ts.*export/],
  ['imports what is not there', `import './missing.ts'`, 2, /missing\.ts/],
  ['lists two handlers of one name', config(`allow(A, 'process'), allow(B, 'process')`), 2, /Sample/],
  ['has a database in a missing folder', config(`allow(A, 'process')`, `database: 'sqlite:none/jobs.db'`), 3, /none/],
  ['has a folder as its database', config(`allow(A, 'process')`, `database: 'sqlite:folder'`), 3, /folder/],
  ['has a file that is no database', config(`allow(A, 'process')`, `database: 'sqlite:text'`), 3, /text/],
  ['has a lease that is absurd', config(`allow(A, 'process')`, `worker: { lease: -1 }`), 2, /worker\.lease/],
]

test('a worker that cannot start says so in one clear line, and leaves nothing behind', async () => {
  await using app = makeApp()
  mkdirSync(app.file('folder'))
  writeFileSync(
    app.file('text'),
    'this is a text, and no database, and it is longer than the header of one would be\n'.repeat(9),
  )
  const ended = []
  for (const [index, [, text]] of WRONG.entries()) {
    mkdirSync(app.file(`case-${index}`))
    // One that node cannot mistake for another while several start at a time.
    const name = `case-${index}/offstage.config.ts`
    writeFileSync(app.file(name), text)
    ended.push(app.command(['work', '--config', name]).ended)
  }
  for (const [index, [what, , code, said]] of WRONG.entries()) {
    const { code: exit, lines, stderr } = (await ended[index]) ?? {}
    expect({ what, exit, lines }).toEqual({ what, exit: code, lines: [] })
    expect(stderr, what).toMatch(said)
    expect(stderr?.split('\n')[0], what).toMatch(/^offstage: ./)
    expect(stderr, what).not.toMatch(/^ {4}at /m)
  }
})

test('a second worker of the same id is refused; after kill -9 of the first the id is free again at once', async () => {
  await using app = makeApp({ config: { worker: { lease: '30s' } } })
  const first = await app.worker({ args: ['--id', 'same'] })
  const second = await app.command(['work', '--id', 'same']).ended
  expect(second).toMatchObject({ code: 1, lines: [] })
  expect(second.stderr).toMatch(/^offstage: [^\n]*same[^\n]*\n$/)
  // The first has not noticed anything.
  const { id } = await app.offstage.runBackgroundJob(InlineJobs, 'take', ['notes', 60_000])
  await app.noted('notes', { id })
  expect(first.events.filter(({ state }) => state === 'lost')).toEqual([])
  await first.stop('SIGKILL')
  const third = await app.worker({ args: ['--id', 'same'] })
  await app.noted('notes', { id, attempt: 2 })
  await third.stop('SIGKILL')
})
