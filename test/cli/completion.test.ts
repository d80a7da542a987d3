import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { needs } from '../support/needs.ts'
import { MAIN, Project } from './project.ts'

vi.setConfig({ testTimeout: 60_000 })

let project: Project
let env: NodeJS.ProcessEnv
let job = ''
beforeAll(async () => {
  project = new Project()
  job = await project.enqueue('SampleJob', 'process', '[]', '--queue', 'mail')
  await project.run('users', 'add', 'ada@example.org')
  project.schedule("nightly: ['0 3 * * *', SampleJob, 'process'], weekly: ['@weekly', SampleJob, 'process']")
  await project.run('work', '--drain', '--queue', 'none')
  // As an installation puts it: on the PATH.
  mkdirSync(project.path('bin'))
  writeFileSync(project.path('bin/offstage'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`)
  chmodSync(project.path('bin/offstage'), 0o755)
  env = { ...process.env, PATH: `${project.path('bin')}${delimiter}${process.env.PATH}` }
})
afterAll(() => project.remove())

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0
const needsShell = (shell: string) =>
  needs(has(shell), `The completion of ${shell} was not tested: there is no ${shell} here`)

/** What bash would offer for a line: its own words, its own call of the function. */
function inBash(line: string): string[] {
  const script = `
    source <(offstage completion bash)
    COMP_LINE=$1; COMP_POINT=\${#1}; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _offstage
    printf '%s\\n' "\${COMPREPLY[@]}"`
  // As bash parts a line: at blanks, and around each equals sign and colon.
  const words = line
    .split(' ')
    .flatMap((word) =>
      (word.startsWith('sqlite') ? [word] : word.split(/([=:])/)).filter(
        (part, i, all) => part !== '' || all.length === 1 || i === 2,
      ),
    )
  const output = execFileSync('bash', ['-c', script, 'bash', line, ...words], {
    cwd: project.folder,
    env,
    encoding: 'utf8',
  })
  return output.split('\n').filter((text) => text !== '')
}

describe('in bash', needsShell('bash'), () => {
  test.each([
    ['offstage ini', ['init']],
    ['offstage jobs can', ['cancel']],
    ['offstage help jobs can', ['cancel']],
    ['offstage run ', ['SampleJob']],
    ['offstage run Sam', ['SampleJob']],
    ['offstage run SampleJob f', ['fail', 'flaky']],
    ['offstage run SampleJob process --pri', ['--priority']],
    ['offstage run SampleJob process --priority ', ['high', 'medium', 'low']],
    ['offstage run --priority high Sam', ['SampleJob']],
    ['offstage jobs list --status=c', ['completed', 'cancelled']],
    ['offstage jobs list --status=', ['pending', 'running', 'completed', 'failed', 'cancelled']],
    ['offstage jobs list --queue m', ['mail']],
    [
      'offstage jobs list sta',
      ['status:', 'status:pending', 'status:running', 'status:completed', 'status:failed', 'status:cancelled'],
    ],
    ['offstage jobs retry que', ['queue:']],
    ['offstage jobs list status:', ['pending', 'running', 'completed', 'failed', 'cancelled']],
    ['offstage jobs list status:c', ['completed', 'cancelled']],
    ['offstage schedules pa', ['pause']],
    ['offstage schedules show ', ['nightly', 'weekly']],
    ['offstage schedules pause nightly w', ['weekly']],
    ['offstage users ro', ['role']],
    ['offstage users role ad', ['ada@example.org']],
    ['offstage users role ada@example.org ', ['viewer', 'operator', 'admin']],
    ['offstage users add --role o', ['operator']],
    ['offstage completion ', ['bash', 'zsh', 'fish']],
    ['offstage --database sqlite:jobs.db jobs sh', ['show']],
    ['offstage nonsense x', []],
  ])('%s', (line, expected) => {
    expect(inBash(line)).toEqual(expected)
  })

  test('all commands, but not the one that answers', () => {
    const offered = inBash('offstage ')
    expect(offered).toEqual(expect.arrayContaining(['init', 'start', 'work', 'run', 'jobs', 'doctor', 'completion']))
    expect(offered).not.toContain('complete')
  })

  test('the ids of jobs', () => {
    expect(inBash('offstage jobs show ')).toEqual([job.slice(0, 26)])
    expect(inBash('offstage jobs cancel 01')).toEqual([job.slice(0, 26)])
  })

  test('with a config that is broken: the commands all the same, and no noise', () => {
    const broken = new Project()
    broken.write('offstage.config.js', 'export default 1 +')
    const complete = (...words: string[]) =>
      spawnSync(process.execPath, [MAIN, 'complete', '--', ...words], { cwd: broken.folder, encoding: 'utf8' })
    expect(complete('run', '')).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(complete('ini')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^init\t/) })
    broken.remove()
  })
})

test('as JSON, the script is one value', async () => {
  const { stdout } = await project.run('completion', 'zsh')
  expect(await project.json('completion', 'zsh')).toEqual({ shell: 'zsh', script: stdout.trimEnd() })
})

test('in zsh, the script parses', needsShell('zsh'), () => {
  const script = execFileSync('offstage', ['completion', 'zsh'], { env, encoding: 'utf8' })
  expect(spawnSync('zsh', ['-n', '-c', script]).status).toBe(0)
})

test('in fish, the methods that begin so are offered', needsShell('fish'), () => {
  const script = `offstage completion fish | source; complete -C 'offstage run SampleJob f'`
  const output = execFileSync('fish', ['-c', script], { cwd: project.folder, env, encoding: 'utf8' })
  expect(output.split('\n').map((line) => line.split('\t')[0])).toEqual(expect.arrayContaining(['fail', 'flaky']))
})

test('another shell is refused with the ones there are', async () => {
  const { code, stderr } = await project.run('completion', 'tcsh')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^offstage: [^\n]*bash, zsh, fish[^\n]*\n$/)
})
