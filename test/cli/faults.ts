import { expect, test } from 'vitest'
import type { App } from '../support/app.ts'

/** Of every URL in the tests of faults. It must not be seen anywhere. */
export const SECRET = 'hunter2-of-the-url'

/** Everything that opens the database and tells nothing else first. */
const COMMANDS: readonly (readonly string[])[] = [
  ['run', 'InlineJobs', 'note', '["x"]'],
  ['run', 'InlineJobs', 'note', '["x"]', '--wait'],
  ['work'],
  ['start', '--port', '0'],
  ['dashboard', '--port', '0'],
  ['jobs', 'list'],
  ['jobs', 'retry', 'status:failed', '--yes'],
  ['queues', 'pause', 'mail'],
  ['workers', 'list'],
  ['stats'],
  ['users', 'list'],
  ['migrate'],
  ['migrate', '--dry-run'],
  ['move', '--to', 'sqlite:other.db'],
]

/** Something that is wrong with a URL, and what has to be said of it. */
export interface Fault {
  url: string
  says: RegExp
  /** Default 3: the database is away, broken, denied or of another version. */
  code?: number
  /** What shows it; `jobs list` by default. */
  command?: readonly string[]
}

export interface Told {
  code: number | null
  stdout: string
  stderr: string
}

export async function tell(app: App, command: readonly string[], url: string): Promise<Told> {
  const { code, lines, stderr } = await app.command(command, { env: { OFFSTAGE_DATABASE: url } }).ended
  return { code, stdout: lines.join('\n'), stderr }
}

/** One line, on stderr alone, with the right exit code and nothing of the password. */
function expectOneLine({ code, stdout, stderr }: Told, { says, code: wanted = 3 }: Pick<Fault, 'says' | 'code'>): void {
  expect({ code, stdout, stderr }).toEqual({
    code: wanted,
    stdout: '',
    stderr: expect.stringMatching(/^offstage: [^\n]+\n$/),
  })
  expect(stderr).toMatch(says)
  expect(stderr).not.toContain(SECRET)
  expect(stderr).not.toMatch(/ {4}at |undefined|\[object/)
}

/** Some processes at a time: most of what each takes is its start. */
async function each<Item>(items: readonly Item[], look: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items]
  const take = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await look(item)
  }
  await Promise.all([take(), take(), take()])
}

/**
 * Defines the tests that hold for every kind of server.
 * @param denied A URL with a wrong password.
 */
export function faultsAreTold(app: () => App, denied: () => string, faults: () => readonly Fault[]): void {
  const says = /refuses the (user or the )?password/

  test('a wrong password: every command says so in one line, and ends', async () => {
    await each(COMMANDS, async (command) => expectOneLine(await tell(app(), command, denied()), { says }))
    const { code, stdout, stderr } = await tell(app(), ['doctor'], denied())
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(stdout).toMatch(/unhealthy +database +the server of [^\n]+ refuses the/)
    expect(stdout).not.toContain(SECRET)
  })

  test('whatever else is wrong is told in one line, with what to do', async () => {
    await each(faults(), async ({ url, command = ['jobs', 'list'], ...wanted }) => {
      expectOneLine(await tell(app(), command, url), wanted)
    })
  })

  test('the target of a move is told of as the source is', async () => {
    const source = `sqlite:${app().file('source.db')}`
    for (const more of [[], ['--dry-run']]) {
      expectOneLine(await tell(app(), ['move', '--to', denied(), ...more], source), { says })
    }
  })

  test('the stack that can be asked for shows no password either', async () => {
    const env = { OFFSTAGE_DATABASE: denied(), OFFSTAGE_DEBUG: '1' }
    const { stderr } = await app().command(['jobs', 'list'], { env }).ended
    expect(stderr).toMatch(/ {4}at /)
    expect(stderr).not.toContain(SECRET)
  })
}
