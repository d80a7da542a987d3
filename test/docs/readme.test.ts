import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newcomer, tarball } from '../support/packed.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The first block of a language, as it is written. */
function block(language: string): string {
  const [, text] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(readme) ?? []
  if (text === undefined) throw new Error(`README.md has no block of ${language}`)
  return text
}

let folder = ''
let app = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offstage-readme-'))
  app = join(folder, 'app')
  mkdirSync(app)
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

test('the quick start does what it says, typed as it is written', { timeout: 120_000 }, async () => {
  const config = block('ts')
  const [, name] = /^\/\/ (offstage\.config\.ts)\n/.exec(config) ?? []
  expect(name).toBe('offstage.config.ts')
  const commands = block('sh')
  expect(config.trim().split('\n').length).toBeLessThanOrEqual(10)
  expect(commands.trim().split('\n').length).toBeLessThanOrEqual(10)

  writeFileSync(join(app, 'offstage.config.ts'), config)
  // Not published yet, or not this version: the package comes from here. All else is as it stands.
  const [install, ...rest] = commands.split('\n')
  expect(install).toBe('npm install offstage')
  const script = [`npm install ${tarball()}`, ...rest].join('\n')
  const child = spawn('sh', ['-e', '-c', script], { cwd: app, env: newcomer(), detached: true, stdio: 'pipe' })
  let output = ''
  const done = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (/completed +Greeter\.greet/.test(output)) resolve()
      })
    }
  })
  const ended = once(child, 'close')
  try {
    await Promise.race([done, ended])
    expect(output).toMatch(/completed +Greeter\.greet/)
    // Ctrl-C, which every process of the terminal gets.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    await ended
    expect(output).not.toMatch(/warning|error:/i)
    const offstage = (...args: string[]) =>
      JSON.parse(execFileSync('npx', ['offstage', ...args, '--json'], { cwd: app, env: newcomer(), encoding: 'utf8' }))
    const [job] = offstage('jobs', 'list').jobs
    expect(job).toMatchObject({ class: 'Greeter', method: 'greet', args: ['world'], status: 'completed' })
    expect(offstage('jobs', 'logs', job.id)).toMatchObject([{ text: 'Hello, world!' }])
  } finally {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL')
  }
})
