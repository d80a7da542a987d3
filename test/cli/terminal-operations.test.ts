import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { aTerminal, Terminal } from '../support/terminal.ts'
import { MAIN, Project } from './project.ts'

vi.setConfig({ testTimeout: 90_000 })

let project: Project
const opened: Terminal[] = []
beforeEach(async () => {
  project = new Project()
  await project.enqueue('SampleJob', 'process', '[]', '--queue', 'mail')
  await project.enqueue('SampleJob', 'process', '[]', '--queue', 'mail')
})
afterEach(() => {
  for (const { child } of opened.splice(0)) child.kill('SIGKILL')
  project.remove()
})

function terminal(...args: string[]): Terminal {
  const made = new Terminal([process.execPath, MAIN, ...args], { cwd: project.folder, columns: 80 })
  opened.push(made)
  return made
}

async function pending(): Promise<number> {
  return ((await project.json('stats')) as { jobs: { pending: number } }).jobs.pending
}

describe('on a terminal', aTerminal, () => {
  test('a bulk change says how many it means and asks: with no it changes none, with yes all', async () => {
    const no = terminal('jobs', 'cancel', '--queue', 'mail')
    await no.said('this would cancel 2 jobs (queue:mail). Go on? (yes/no)')
    no.press('no\r')
    expect(await no.ended).toBe(130)
    expect(await pending()).toBe(2)
    const yes = terminal('jobs', 'cancel', '--queue', 'mail')
    await yes.said('Go on? (yes/no)')
    yes.press('yes\r')
    expect(await yes.ended).toBe(0)
    expect(yes.output).toContain('2 jobs cancelled')
    expect(await pending()).toBe(0)
  })

  test('jobs clear asks; Ctrl-C is a no', async () => {
    const asked = terminal('jobs', 'clear')
    await asked.said('Go on? (yes/no)')
    asked.press('\x03')
    expect(await asked.ended).toBe(130)
    expect(await pending()).toBe(2)
  })

  test('stats --watch draws in place, over what was there', async () => {
    const watching = terminal('stats', '--watch')
    await watching.said('2 pending')
    await project.run('jobs', 'cancel', '--queue', 'mail', '--yes')
    await watching.said('2 cancelled')
    watching.press('\x03')
    expect(await watching.ended).toBe(130)
    const frames = watching.output.split('\u001b[H').slice(1)
    expect(frames.length).toBeGreaterThanOrEqual(2)
    for (const frame of frames) {
      expect(frame).toContain('QUEUE')
      expect(frame).toContain('\u001b[J')
    }
  })
})
