import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeApp } from '../support/app.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'

const read = (name: string) => readFileSync(new URL(`../../examples/deploy/${name}`, import.meta.url), 'utf8')
const manifest = read('kubernetes.yaml')

/** The arguments of every call of the command line, as they are written in a list. */
const calls = ['Dockerfile', 'compose.yaml', 'kubernetes.yaml'].flatMap((file) =>
  [...read(file).matchAll(/\[["']?node_modules\/\.bin\/offstage["']?, ([^\]]+)\]/g)].map(([, list = '']) =>
    list.split(', ').map((word) => word.replace(/^['"]|['"]$/g, '')),
  ),
)

test('the examples for containers start what there is, and it answers as they ask', async () => {
  expect(new Set(calls.map(([command]) => command))).toEqual(new Set(['work', 'dashboard', 'migrate']))
  const probes = [...new Set([...manifest.matchAll(/path: (\/\w+)/g)].map(([, path = '']) => path))]
  expect(probes.toSorted()).toEqual(['/healthz', '/readyz'])
  await using app = makeApp()
  for (const call of calls) {
    const port = String(await freePort())
    // Where the container's own address and port are free to choose, the test takes others.
    const args = call.map((word) => (word === '0.0.0.0' ? '127.0.0.1' : word === '8788' ? port : word))
    if (call[0] === 'dashboard') args.push('--port', port)
    const child = app.command(args)
    if (call[0] === 'migrate') expect((await child.ended).code).toBe(0)
    else {
      for (const path of probes) {
        await until(`${call[0]} answers ${path}`, async () => (await fetch(`http://127.0.0.1:${port}${path}`)).ok)
      }
      const beganAt = performance.now()
      expect((await child.stop()).code).toBe(0)
      const [, graceS = '0'] = /terminationGracePeriodSeconds: (\d+)/.exec(manifest) ?? []
      expect(performance.now() - beganAt).toBeLessThan(Number(graceS) * 1_000)
    }
  }
})

test('no secret and no root gets into the image of the examples', () => {
  expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.env', '.git', 'node_modules']))
  expect(read('Dockerfile')).toMatch(/chown node:node logs\nUSER node\n/)
  expect(manifest.match(/^ +- name: (migrate|worker|dashboard)$/gm)).toHaveLength(3)
  expect(manifest.match(/runAsNonRoot: true, runAsUser: 1000/g)).toHaveLength(3)
})
