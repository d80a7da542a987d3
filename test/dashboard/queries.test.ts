import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { QueryProcess } from '../../src/dashboard/server/queries/query-process.ts'
import { defineOffstage } from '../../src/index.ts'
import { needs } from '../support/needs.ts'
import { spawned } from '../support/spawned.ts'
import { until } from '../support/until.ts'
import { testApp } from './app.ts'
import { makeEndless } from './endless.ts'
import { isAlive, queryProcesses, type SeenProcess } from './processes.ts'

const onLinux = process.platform === 'linux'
const linux = needs(onLinux, 'The process for queries was not looked at: only on Linux can it be seen in /proc')

/** The one that answers; there has to be one. */
function theProcess(parent?: number): SeenProcess {
  const [running, ...more] = queryProcesses(parent)
  expect(more).toEqual([])
  if (running === undefined) throw new Error('no process answers queries')
  return running
}

// It ends with its dashboard, if not at once: the next test is to see none but its own.
afterEach(async () => {
  if (onLinux) await until('no process is left', () => queryProcesses().length === 0)
})

describe('a query that takes too long', () => {
  // In this process it would hold up everything for ever: that anything is answered at all says that it is not.
  test('is ended, is told as a timeout, and keeps nobody else waiting', linux, async () => {
    await using app = await testApp({ config: { queryTimeout: '3s' } })
    const admin = await app.signedIn('admin')
    expect((await admin.get('/api/activity')).status).toBe(200)
    const first = theProcess()
    const mend = makeEndless(app.file('jobs.db'), 'offstage_audit')
    try {
      // Another question, so that it is asked of the database and not answered from before.
      const [slow, behind] = await Promise.all([admin.get('/api/activity?action=x'), admin.get('/api/queues')])
      expect(slow.status).toBe(503)
      expect(slow.body.error).toMatchObject({ code: 'QUERY_TIMEOUT', retryAfterMs: 5_000 })
      expect(slow.body.error.message).toContain('within 3 s')
      expect(slow.headers.get('retry-after')).toBe('5')
      expect(behind.status).toBe(200)
      expect((await admin.get('/api/now')).status).toBe(200)
      await until('the process is gone', () => !isAlive(first.pid) || undefined)
      expect(queryProcesses()).toHaveLength(1)
    } finally {
      mend()
    }
    expect((await admin.get('/api/activity?action=x')).status).toBe(200)
  })
})

describe('a process that was held up for longer than a query may take', () => {
  // A job that computes holds the loop; a stopped process or a machine that sleeps comes to the same.
  test('hears the answers that came meanwhile, and keeps those who wait', async () => {
    await using app = await testApp()
    await app.signedIn('admin')
    const queries = new QueryProcess({
      database: `sqlite:${app.file('jobs.db')}`,
      facts: { handlers: [], schedules: [], logs: null },
      limitMs: 2_000,
      execArgv: process.execArgv,
      env: process.env,
      onChange: () => {},
    })
    try {
      await queries.run('queues', {})
      const asked = [queries.run('queues', {}), queries.run('workers', {}), queries.run('activity', { limit: 1 })]
      const [first] = onLinux ? queryProcesses() : []
      // Long enough for those who wait to have given up, were it by the clock.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000)
      for (const json of await Promise.all(asked)) expect(json.byteLength).toBeGreaterThan(0)
      if (first !== undefined) expect(isAlive(first.pid)).toBe(true)
    } finally {
      await queries.close()
    }
  })
})

describe('the process for queries', () => {
  test('is started anew when it was killed', linux, async () => {
    await using app = await testApp()
    const admin = await app.signedIn('admin')
    for (let i = 0; i < 3; i++) {
      expect((await admin.get('/api/queues')).status).toBe(200)
      const { pid } = theProcess()
      process.kill(pid, 'SIGKILL')
      await until('it is gone', () => !isAlive(pid) || undefined)
      // Not told of its end yet, it may be asked once more: that is an answer too, and the next one is right.
      await until(
        'another answers',
        async () => (await admin.get(`/api/jobs?limit=${i + 1}`)).status === 200 || undefined,
      )
    }
  })

  test('starts with the first read and ends with the dashboard', linux, async () => {
    const app = await testApp()
    const admin = await app.signedIn('admin')
    expect((await admin.get('/api/me')).status).toBe(200)
    expect(queryProcesses()).toEqual([])
    await Promise.all(Array.from({ length: 20 }, (_, i) => admin.get(`/api/jobs?limit=${i + 1}`)))
    const { pid } = theProcess()
    await app[Symbol.asyncDispose]()
    await until('it is gone', () => !isAlive(pid) || undefined)
  })

  test('ends with its app, and is no reason for that to go on', linux, async () => {
    await using app = await testApp({ unserved: true })
    const index = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
    const program = app.file('program.ts')
    writeFileSync(
      program,
      `import { defineOffstage } from ${JSON.stringify(index)}
const offstage = defineOffstage({ database: 'sqlite:other.db', jobs: [], logs: false })
const dashboard = offstage.dashboard({ authorize: () => ({ id: '1', name: 'Ada', role: 'admin' }) })
const response = await dashboard.fetch(new Request('http://localhost/api/queues'))
console.log(JSON.stringify({ event: 'answered', status: response.status }))
if (process.argv[2] === 'stay') setInterval(() => {}, 1000)
`,
    )
    const run = (...args: string[]) => {
      const child = spawn(process.execPath, [program, ...args], { cwd: app.folder, stdio: ['ignore', 'pipe', 'pipe'] })
      return spawned(child)
    }
    const short = run()
    expect(await short.ended).toMatchObject({ code: 0, lines: ['{"event":"answered","status":200}'] })
    const staying = run('stay')
    await staying.event(({ event }) => event === 'answered')
    const { pid } = theProcess(staying.pid)
    staying.child.kill('SIGKILL')
    await once(staying.child, 'exit')
    await until('its child is gone', () => !isAlive(pid) || undefined)
  })

  test('is never given the key of secrets', linux, async () => {
    const before = process.env.OFFSTAGE_SECRET_KEY
    process.env.OFFSTAGE_SECRET_KEY = Buffer.alloc(32, 7).toString('base64')
    try {
      await using app = await testApp()
      const admin = await app.signedIn('admin')
      await admin.get('/api/queues')
      expect(readFileSync(`/proc/${theProcess().pid}/environ`, 'utf8')).not.toContain('OFFSTAGE_SECRET_KEY')
    } finally {
      if (before === undefined) delete process.env.OFFSTAGE_SECRET_KEY
      else process.env.OFFSTAGE_SECRET_KEY = before
    }
  })
})

describe('a database', () => {
  test('in memory is read in the process that has it', async () => {
    await using app = await testApp({ database: 'sqlite::memory:' })
    const admin = await app.signedIn('admin')
    await app.offstage.runBackgroundJob('ReportJob', 'build', [])
    expect((await admin.get('/api/jobs')).body.jobs).toHaveLength(1)
    expect((await admin.get('/api/now')).body.counts.pending).toEqual({ count: 1, more: false })
    if (onLinux) expect(queryProcesses()).toEqual([])
  })

  test('that cannot be opened is told, and opened when it can be', async () => {
    await using app = await testApp({ unserved: true })
    const offstage = defineOffstage({ database: `sqlite:${app.file('away/jobs.db')}`, jobs: [], logs: false })
    const dashboard = offstage.dashboard({ authorize: () => ({ id: '1', name: 'Ada', role: 'admin' }) })
    const ask = async () => await dashboard.fetch(new Request('http://localhost/api/queues'))
    const away = await ask()
    expect(away.status).toBe(503)
    expect(await away.json()).toMatchObject({ error: { code: 'DATABASE_UNWRITABLE' } })
    mkdirSync(app.file('away'))
    expect((await ask()).status).toBe(200)
    await offstage.close()
    expect((await ask()).status).toBe(503)
  })
})

describe('those who ask the same at the same time', () => {
  test('share one answer, and nobody gets an old one after a change', async () => {
    await using app = await testApp()
    const admin = await app.signedIn('admin')
    await app.offstage.runBackgroundJob('ReportJob', 'build', [], { delay: '1h' })
    const ask = async () => (await admin.get('/api/jobs?filter=status:pending')).body
    const answers = await Promise.all(Array.from({ length: 10 }, ask))
    expect(new Set(answers.map(({ at }) => at)).size).toBe(1)
    for (const { id } of answers[0].jobs) await admin.post(`/api/jobs/${id}/cancel`)
    expect((await ask()).jobs).toEqual([])
  })
})
