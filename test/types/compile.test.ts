import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(/package\.json$/, 'bin/tsc')

/** Runs the compiler on this folder; returns what it complains about. */
async function complaints(): Promise<string> {
  const project = fileURLToPath(new URL('tsconfig.json', import.meta.url))
  try {
    await promisify(execFile)(process.execPath, [tsc, '--noEmit', '--pretty', 'false', '-p', project])
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    return stdout || stderr || String(error)
  }
}

test('what must compile does, and what must not does not', async () => {
  expect(await complaints()).toBe('')
}, 60_000)
