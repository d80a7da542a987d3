import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AccessStore, LONGEST } from '../../src/store/access.ts'
import { openStore } from '../../src/stores/open.ts'
import { aTerminal, Terminal } from '../support/terminal.ts'
import { type Ended, MAIN, Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

const PASSWORD = 'a sentence of some words'
const LINK = /^http:\/\/127\.0\.0\.1:8787\/sign-in#link=[\w-]{43}\n$/

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

/** Looks into the database that the commands have written to. */
async function stored<Result>(look: (access: AccessStore) => Promise<Result>): Promise<Result> {
  const store = await openStore(`sqlite:${project.path('jobs.db')}`)
  try {
    return await look(store.access)
  } finally {
    await store.close()
  }
}

async function told(): Promise<string[]> {
  const entries = await stored((access) => access.auditLog({ limit: 100 }))
  return entries.toReversed().map(({ actor, action, target, result }) => `${actor}: ${action} ${target} ${result}`)
}

async function withStdin(input: string, ...args: string[]): Promise<Ended> {
  const running = project.start(args)
  running.child.stdin?.end(input)
  return await running.ended
}

describe('users', () => {
  test('are added with a link to sign in by, listed, changed and removed', async () => {
    expect((await project.run('users', 'list')).stderr).toContain('no users yet')
    const added = await project.run('users', 'add', 'Ada@Example.org', '--role', 'admin')
    expect([added.code, added.stdout.split('\n')[0]]).toEqual([0, 'ada@example.org added, an admin'])
    expect(added.stdout.split('\n').slice(1).join('\n')).toMatch(LINK)
    expect(added.stderr).toMatch(/signs in as ada@example.org, once, and expires in 15m/)
    expect(await project.json('users', 'add', 'bob@example.org', '--name', 'Bob')).toMatchObject({
      role: 'viewer',
      name: 'Bob',
    })
    expect(await project.json('users', 'role', 'bob@example.org', 'operator')).toMatchObject({ role: 'operator' })
    expect((await project.run('users', 'disable', 'bob@example.org')).stdout).toBe(
      'bob@example.org can sign in no more\n',
    )
    const { stdout } = await project.run('users', 'list')
    expect(stdout).toMatch(
      /^ada@example.org\tada\tadmin\tactive\tlink\t\S+Z\nbob@example.org\tBob\toperator\tdisabled\t/,
    )
    expect(await project.json('users', 'enable', 'bob@example.org')).toMatchObject({ disabledAt: null })
    expect(await project.run('users', 'remove', 'bob@example.org')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('this would remove the operator bob@example.org'),
    })
    expect((await project.run('users', 'remove', 'bob@example.org', '--yes')).code).toBe(0)
    expect(await project.json('users', 'list')).toMatchObject([{ email: 'ada@example.org' }])
    expect(await told()).toEqual([
      'cli: users.add ada@example.org ok',
      'cli: users.link ada@example.org ok',
      'cli: users.add bob@example.org ok',
      'cli: users.link bob@example.org ok',
      'cli: users.change bob@example.org ok',
      'cli: users.change bob@example.org ok',
      'cli: users.change bob@example.org ok',
      'cli: users.remove bob@example.org ok',
    ])
  })

  test('that are not there end with 4, one that is there already and the last admin with 5, nonsense with 2', async () => {
    await project.run('users', 'add', 'ada@example.org', '--role', 'admin')
    const results = await Promise.all(
      [
        ['users', 'role', 'eda@example.org', 'viewer'],
        ['users', 'link', 'nobody@example.org'],
        ['users', 'add', 'ada@example.org'],
        ['users', 'role', 'ada@example.org', 'viewer'],
        ['users', 'disable', 'ada@example.org'],
        ['users', 'remove', 'ada@example.org', '--yes'],
        ['users', 'add', 'no email'],
        ['users', 'add', 'b@example.org', '--role', 'king'],
        ['users', 'add', 'b@example.org', '--valid-for', '8d'],
        ['users', 'add', 'b@example.org', '--url', 'nowhere'],
        ['users', 'add', 'b@example.org', '--name', ''],
      ].map((args) => project.run(...args)),
    )
    expect(results.map(({ code }) => code)).toEqual([4, 4, 5, 5, 5, 5, 2, 2, 2, 2, 2])
    expect(results[0]?.stderr).toBe('offstage: there is no user eda@example.org; did you mean ada@example.org?\n')
    for (const { stdout, stderr } of results) expect([stdout, stderr.trimEnd().split('\n').length]).toEqual(['', 1])
    expect(await project.json('users', 'list')).toHaveLength(1)
  })

  test('a password comes by stdin, and is shown and stored nowhere in clear', async () => {
    const added = await withStdin(`${PASSWORD}\n`, 'users', 'add', 'ada@example.org', '--password-stdin', '--json')
    expect(JSON.parse(added.stdout)).toMatchObject({ hasPassword: true, link: null })
    const before = (await stored((access) => access.userByEmail('ada@example.org')))?.password
    expect(before).toMatch(/^scrypt\$ln=17,/)
    const changed = await withStdin('another sentence of words', 'users', 'password', 'ada@example.org')
    expect(changed).toEqual({ code: 0, stdout: 'ada@example.org has a new password\n', stderr: '' })
    expect((await stored((access) => access.userByEmail('ada@example.org')))?.password).not.toBe(before)
    for (const input of [
      '',
      '\n',
      'short',
      'ada@example.org',
      'password123',
      'several lines\nof a password',
      'x'.repeat(20_000),
    ]) {
      const refused = await withStdin(input, 'users', 'password', 'ada@example.org')
      expect([refused.code, refused.stdout]).toEqual([2, ''])
      if (input.length > 8) expect(refused.stderr).not.toContain(input)
    }
    const list = await project.run('users', 'list', '--json')
    const log = JSON.stringify(await stored((access) => access.auditLog({ limit: 10 })))
    for (const text of [added.stdout, list.stdout, log]) expect(text).not.toMatch(/scrypt|sentence/)
  })

  test('a new password signs out everywhere; so does --end', async () => {
    await project.run('users', 'add', 'ada@example.org')
    const signIn = () =>
      stored(async (access) => {
        const user = await access.userByEmail('ada@example.org')
        const times = { createdAt: new Date(), seenAt: new Date(), expiresAt: new Date(Date.now() + 3_600_000) }
        const id = crypto.randomUUID().replaceAll('-', '').repeat(2)
        await access.addSession({ id, userId: user?.id ?? '', ...times, address: '203.0.113.7', agent: 'Browser/1' })
      })
    await signIn()
    expect(await project.json('users', 'sessions', 'ada@example.org')).toMatchObject([
      { address: '203.0.113.7', agent: 'Browser/1', ended: false },
    ])
    await withStdin(PASSWORD, 'users', 'password', 'ada@example.org')
    expect((await project.run('users', 'sessions', 'ada@example.org')).stderr).toContain('signed in nowhere')
    await signIn()
    await signIn()
    const ended = await project.run('users', 'sessions', 'ada@example.org', '--end')
    expect(ended.stdout).toBe('ada@example.org was signed out of 2 browsers\n')
    expect(await stored((access) => access.sessions())).toEqual([])
  })

  test('a link goes where the dashboard is', async () => {
    await project.run('users', 'add', 'ada@example.org')
    const link = async (env: Record<string, string>, ...flags: string[]) => {
      const { stdout } = await project.start(['users', 'link', 'ada@example.org', ...flags], env).ended
      return stdout.replace(/=[\w-]{43}\n$/, '=…')
    }
    expect(await link({})).toBe('http://127.0.0.1:8787/sign-in#link=…')
    expect(await link({ OFFSTAGE_HOST: '0.0.0.0', OFFSTAGE_PORT: '9000' })).toBe('http://127.0.0.1:9000/sign-in#link=…')
    expect(await link({ OFFSTAGE_HOST: '::1' })).toBe('http://[::1]:8787/sign-in#link=…')
    const config = { OFFSTAGE_CONFIG: project.path('mounted.config.js') }
    const mounted = readFileSync(project.path('offstage.config.js'), 'utf8')
    const dashboard = "dashboard: { basePath: '/jobs', port: 9100 }"
    project.write('mounted.config.js', mounted.replace('defaults:', `${dashboard}, defaults:`))
    expect(await link(config)).toBe('http://127.0.0.1:9100/jobs/sign-in#link=…')
    const noConfig = { OFFSTAGE_DATABASE: `sqlite:${project.path('jobs.db')}`, OFFSTAGE_PORT: '9200' }
    project.delete('offstage.config.js')
    expect(await link(noConfig)).toBe('http://127.0.0.1:9200/sign-in#link=…')
    project.write('offstage.config.js', mounted)
    expect(await link({}, '--url', 'https://jobs.example.org/admin/')).toBe(
      'https://jobs.example.org/admin/sign-in#link=…',
    )
    const made = (await project.json('users', 'link', 'ada@example.org', '--valid-for', '2h')) as {
      linkExpiresAt: string
    }
    expect(Date.parse(made.linkExpiresAt) - Date.now()).toBeGreaterThan(60 * 60_000)
    await project.run('users', 'disable', 'ada@example.org')
    expect((await project.run('users', 'link', 'ada@example.org')).code).not.toBe(0)
  })

  test('tokens are made, shown without what lets in, and revoked', async () => {
    await project.run('users', 'add', 'ada@example.org', '--role', 'operator')
    const tokens = (...flags: string[]) => project.run('users', 'tokens', 'ada@example.org', ...flags)
    const made = await tokens('--name', 'ci', '--scope', 'jobs.read', '--scope', 'jobs.retry,logs.read', '--days', '7')
    expect(made.stdout).toMatch(/^offstage_[\w-]{43}\n$/)
    expect(made.stderr).toContain('shown only now and expires in 7d')
    const never = JSON.parse(
      (await tokens('--name', 'metrics', '--scope', 'metrics.read', '--days', 'never', '--json')).stdout,
    )
    expect(never).toMatchObject({ expiresAt: null, token: expect.stringMatching(/^offstage_/) })
    const list = await tokens()
    expect(list.stdout).toMatch(/metrics\tmetrics.read\t-\tnever\n.*ci\tjobs.read,jobs.retry,logs.read\t-\t\S+Z\n$/s)
    expect(list.stdout).not.toContain('offstage_')
    for (const flags of [
      ['--name', 'x', '--scope', 'users.manage'],
      ['--name', 'x', '--scope', 'jobs.fly'],
      ['--name', 'x'],
      ['--scope', 'jobs.read'],
      ['--name', 'x', '--scope', 'jobs.read', '--days', '0'],
      ['--name', 'x', '--revoke', 'ci'],
    ]) {
      expect([flags, (await tokens(...flags)).code]).toEqual([flags, 2])
    }
    expect((await tokens('--name', 'x')).stderr).toMatch(
      /^offstage: --scope is missing: use one or more of jobs\.read, /,
    )
    expect((await tokens('--name', 'x', '--scope', 'job.read')).stderr).toMatch(/did you mean jobs\.read\?\n$/)
    expect((await tokens('--revoke', 'nothing')).code).toBe(4)
    expect(await tokens('--revoke', 'ci')).toMatchObject({ code: 0, stdout: 'ci revoked\n' })
    expect(await tokens('--revoke', never.id)).toMatchObject({ code: 0, stdout: 'metrics revoked\n' })
    expect(await project.json('users', 'tokens', 'ada@example.org')).toEqual([])
  })

  test('the audit log has the name of the system user and of the machine', async () => {
    await project.run('users', 'add', 'ada@example.org')
    const [entry] = await stored((access) => access.auditLog({ limit: 1 }))
    expect(entry).toMatchObject({
      actor: 'cli',
      actorName: expect.stringMatching(/./),
      address: expect.stringMatching(/./),
    })
    expect(entry?.address.length).toBeLessThanOrEqual(LONGEST.address)
  })
})

describe('on a terminal', aTerminal, () => {
  const opened: Terminal[] = []
  afterEach(() => {
    for (const { child } of opened.splice(0)) child.kill('SIGKILL')
  })
  const terminal = (...args: string[]) => {
    const made = new Terminal([process.execPath, MAIN, ...args], { cwd: project.folder, columns: 100 })
    opened.push(made)
    return made
  }

  test('a password is typed twice and not shown', async () => {
    await project.run('users', 'add', 'ada@example.org')
    const typing = terminal('users', 'password', 'ada@example.org')
    await typing.said('A new password for ada@example.org:')
    typing.press(`${PASSWORD}\r`)
    await typing.said('The same again:')
    typing.press(`${PASSWORD}\r`)
    expect(await typing.ended).toBe(0)
    expect(typing.output).not.toContain('sentence')
    expect((await stored((access) => access.userByEmail('ada@example.org')))?.password).toMatch(/^scrypt/)
    const differing = terminal('users', 'password', 'ada@example.org')
    await differing.said('A new password')
    differing.press(`${PASSWORD}\r`)
    await differing.said('The same again:')
    differing.press('something else\r')
    expect(await differing.ended).toBe(2)
  })

  test('Ctrl-C while it is asked changes nothing', async () => {
    await project.run('users', 'add', 'ada@example.org')
    const left = terminal('users', 'password', 'ada@example.org')
    await left.said('A new password')
    left.press('\u0003')
    expect(await left.ended).toBe(130)
    expect(await project.json('users', 'list')).toMatchObject([{ hasPassword: false }])
  })

  test('removing asks first', async () => {
    await project.run('users', 'add', 'ada@example.org')
    const no = terminal('users', 'remove', 'ada@example.org')
    await no.said('Go on? (yes/no)')
    no.press('no\r')
    expect(await no.ended).toBe(130)
    const yes = terminal('users', 'remove', 'ada@example.org')
    await yes.said('Go on? (yes/no)')
    yes.press('yes\r')
    expect(await yes.ended).toBe(0)
    expect(await project.json('users', 'list')).toEqual([])
  })
})
