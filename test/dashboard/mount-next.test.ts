import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { spawned } from '../support/spawned.ts'
import { until } from '../support/until.ts'
import { freePort } from './free-port.ts'
import { checkMounted } from './mounted.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const EXAMPLE = join(root, 'examples/dashboard/next')

/** The example as a project of its own, built and started by Next.js itself. */
test('the example of Next.js serves the dashboard under a path, beside the app', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'offstage-next-'))
  cpSync(EXAMPLE, folder, { recursive: true, filter: (path) => !/\/(\.next|node_modules)$/.test(path) })
  const installed = (name: string) => join(folder, 'node_modules', name)
  // As it would be installed: what is outside of node_modules, a link's end too, Next.js puts into its own bundle.
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(installed('offstage'), name), { recursive: true })
  for (const name of ['next', 'react', 'react-dom', '@next', '@swc', 'styled-jsx', 'hono', '@hono', 'croner']) {
    const here = join(root, 'node_modules', name)
    if (existsSync(here)) symlinkSync(here, installed(name))
  }
  const database = `sqlite:${join(folder, 'jobs.db')}`
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(OFFSTAGE|BACKGROUND_JOB|VITEST|NODE_OPTIONS|NODE_ENV)/.test(key)),
  )
  const next = (...args: string[]) =>
    spawned(
      spawn(process.execPath, [join(folder, 'node_modules/next/dist/bin/next'), ...args], {
        cwd: folder,
        env: { ...clean, NEXT_TELEMETRY_DISABLED: '1', OFFSTAGE_DATABASE: database },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
  let server: ReturnType<typeof next> | undefined
  try {
    // Not Turbopack, which follows no link out of the project.
    const built = await next('build', '--webpack').ended
    expect([built.code, built.stderr]).toEqual([0, expect.not.stringMatching(/error/i)])
    const port = await freePort()
    server = next('start', '--port', String(port), '--hostname', '127.0.0.1')
    const origin = `http://127.0.0.1:${port}`
    await until('Next.js listens', async () => (await fetch(origin).catch(() => undefined)) !== undefined || undefined)
    await checkMounted(origin, '/admin/jobs', database)
  } finally {
    await server?.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})
