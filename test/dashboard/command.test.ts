import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Project, type Running } from '../cli/project.ts'
import { until } from '../support/until.ts'
import { Client } from './app.ts'
import { freePort } from './free-port.ts'

vi.setConfig({ testTimeout: 60_000 })

let project: Project
beforeEach(() => {
  project = new Project()
})
afterEach(() => project.remove())

/** The first address that a command has printed, and the link to sign in, if there is one. */
function addressesIn(text: string): { address: string; link: string | undefined } {
  const [, link] = /#link=([\w-]+)/.exec(text) ?? []
  const [address = ''] = /http:\/\/[\w.:[\]]+\d/.exec(text) ?? []
  return { address, link }
}

async function said(running: Running, text: string): Promise<string> {
  let output = ''
  for (const stream of ['stdout', 'stderr'] as const)
    running.child[stream]?.on('data', (part: string) => (output += part))
  await running.said(text)
  return await until('an address', () => (/http:\/\/\S+/.test(output) ? output : undefined))
}

async function takePort(port: number): Promise<() => void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return () => server.close()
}

describe('offstage dashboard', () => {
  test('serves the pages, and lets the first admin in by a link that works once', async () => {
    const running = project.start(['dashboard', '--port', '0'])
    const { address, link } = addressesIn(await said(running, '#link='))
    const client = new Client(address)
    expect((await client.get('/')).status).toBe(200)
    expect((await client.get('/api/me')).status).toBe(401)
    expect((await client.post('/api/sign-in/link', { link })).status).toBe(200)
    expect((await client.get('/api/me')).body).toMatchObject({ email: 'admin@localhost', role: 'admin' })
    expect((await new Client(address).post('/api/sign-in/link', { link })).status).toBe(401)
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
    // Whoever is signed in can help themselves: the next start prints no link.
    const again = project.start(['dashboard', '--port', '0', '--json'])
    await again.said('"signIn":null')
    again.child.kill('SIGINT')
    expect((await again.ended).code).toBe(130)
  })

  test('says what to do when its port is taken, and where it listens', async () => {
    const port = await freePort()
    const free = await takePort(port)
    const { code, stderr } = await project.run('dashboard', '--port', String(port))
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} is taken .*--port`))
    free()
    const running = project.start(['dashboard'], { OFFSTAGE_PORT: String(port), OFFSTAGE_HOST: '127.0.0.1' })
    await running.said(`http://127.0.0.1:${port}`)
  })

  test('refuses a place that is none', async () => {
    for (const args of [
      ['--port', 'x'],
      ['--port', '70000'],
      ['--host', 'a b'],
    ]) {
      expect(await project.run('dashboard', ...args)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(args[0] ?? ''),
      })
    }
  })

  test('warns when others can reach it', async () => {
    const running = project.start(['dashboard', '--host', '0.0.0.0', '--port', '0'])
    await running.said('from other machines')
    await running.said('http://127.0.0.1:')
  })

  test('needs no config for a database that was named', async () => {
    await project.enqueue('SampleJob', 'process', '["x"]')
    project.delete('offstage.config.js')
    const running = project.start(['dashboard', '--database', 'sqlite:jobs.db', '--port', '0', '--read-only'])
    const { address, link } = addressesIn(await said(running, '#link='))
    const client = new Client(address)
    await client.post('/api/sign-in/link', { link })
    expect((await client.get('/api/jobs')).body.jobs).toHaveLength(1)
    expect((await client.get('/api/me')).body).toMatchObject({
      readOnly: true,
      features: { enqueue: false, logs: false },
    })
  })

  test('without a database says what is wrong', async () => {
    const { code, stderr } = await project.run(
      'dashboard',
      '--database',
      'sqlite:no/such/folder/jobs.db',
      '--port',
      '0',
    )
    expect([code, stderr]).toEqual([3, expect.stringContaining('does not exist')])
  })
})

describe('offstage start', () => {
  test('serves the dashboard beside the worker, and ends with it', async () => {
    const running = project.start(['start', '--port', '0', '--id', 'w1'])
    const { address, link } = addressesIn(await said(running, '#link='))
    const client = new Client(address)
    await client.post('/api/sign-in/link', { link })
    await until('the worker is registered', async () => {
      const { status, body } = await client.get('/readyz')
      return status === 200 && body.checks.worker === 'ok' ? true : undefined
    })
    const { id } = (await client.post('/api/jobs', { class: 'SampleJob', method: 'process', args: ['hello'] })).body
    await until('the job has completed', async () => {
      return (await client.get(`/api/jobs/${id}`)).body.job.status === 'completed' || undefined
    })
    expect((await client.get('/api/workers')).body.workers).toMatchObject([{ id: 'w1', status: 'running' }])
    await client.post('/api/workers/w1/stop')
    expect((await running.ended).code).toBe(0)
    await expect(client.get('/healthz')).rejects.toThrow()
  })

  test('works on without it where a port that was named is taken', async () => {
    const port = await freePort()
    const free = await takePort(port)
    const running = project.start(['start', '--port', String(port)])
    await running.said(`there is no dashboard here: 127.0.0.1:${port} is taken`)
    const id = await project.enqueue('SampleJob', 'process', '["hello"]')
    await until('the job has completed', async () => {
      const { status } = (await project.json('jobs', 'show', id)) as { status: string }
      return status === 'completed' || undefined
    })
    free()
  })

  test('takes another where nobody has named one, and none where told so', async () => {
    const first = project.start(['start', '--id', 'w1'])
    const one = addressesIn(await said(first, 'Dashboard'))
    const second = project.start(['start', '--id', 'w2'])
    const other = addressesIn(await said(second, 'Dashboard'))
    expect(new URL(one.address).port).not.toBe(new URL(other.address).port)
    const third = project.start(['start', '--id', 'w3', '--no-dashboard', '--json'])
    await third.said('worker w3 started')
    third.child.kill('SIGTERM')
    expect((await third.ended).stderr).not.toContain('http://')
  })
})

describe('offstage work --health-port', () => {
  test('tells whether the process is alive and its worker at work', async () => {
    const port = await freePort()
    const running = project.start(['work', '--id', 'w1', '--health-port', String(port)])
    const client = new Client(`http://127.0.0.1:${port}`)
    await until('it is ready', async () => {
      const answer = await client.get('/readyz').catch(() => undefined)
      return answer?.status === 200 || undefined
    })
    expect((await client.get('/readyz')).body).toEqual({
      status: 'ready',
      checks: { database: 'ok', schema: 'ok', worker: 'ok' },
    })
    expect((await client.get('/healthz')).body).toEqual({ status: 'ok' })
    expect((await client.get('/api/me')).status).toBe(404)
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  test('is refused where it cannot be', async () => {
    const port = await freePort()
    const free = await takePort(port)
    const { code, stderr } = await project.run('work', '--health-port', String(port))
    expect([code, stderr]).toEqual([1, expect.stringContaining(`127.0.0.1:${port} is taken`)])
    free()
  })
})
