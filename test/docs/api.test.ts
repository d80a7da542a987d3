import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Access } from '../../src/dashboard/server/route.ts'
import { ROUTES } from '../../src/dashboard/server/routes/routes.ts'

const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)` \| (.+?) \| (.+) \|$/gm)].map((row) =>
  row.slice(1),
)

function whoMay(access: Access): string {
  if (typeof access === 'object') return `by \`${access.field}\``
  if (access === 'open') return 'anybody'
  return access === 'signed-in' ? 'signed in' : `\`${access}\``
}

describe('docs/api.md', () => {
  test('lists every route, who may use it and what it does, in the order of the source', () => {
    const routes = ROUTES.map(({ method, path, access, summary }) => [`${method} ${path}`, whoMay(access), summary])
    expect(rows).toEqual(routes)
  })
})
