import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  ALL_PERMISSIONS,
  covers,
  PERMISSIONS,
  permissionsOf,
  ROLE_PERMISSIONS,
  tokenPermissions,
  underReadOnly,
} from '../../../src/dashboard/server/auth/permissions.ts'
import { ROLES } from '../../../src/store/access.ts'

const changing = ALL_PERMISSIONS.filter((name) => PERMISSIONS[name].changes)

describe('permissions', () => {
  test('a viewer changes nothing, an operator works with jobs, an admin does all', () => {
    expect(ROLE_PERMISSIONS.viewer.filter((name) => changing.includes(name))).toEqual([])
    expect(ALL_PERMISSIONS.filter((name) => !ROLE_PERMISSIONS.operator.includes(name))).toEqual([
      'users.read',
      'jobs.clear',
      'users.manage',
      'settings.manage',
    ])
    expect(ROLE_PERMISSIONS.admin).toEqual(ALL_PERMISSIONS)
  })

  test('each role may do all that the one below may', () => {
    expect(covers(ROLE_PERMISSIONS.operator, ROLE_PERMISSIONS.viewer)).toBe(true)
    expect(covers(ROLE_PERMISSIONS.admin, ROLE_PERMISSIONS.operator)).toBe(true)
    expect(covers(ROLE_PERMISSIONS.viewer, ROLE_PERMISSIONS.operator)).toBe(false)
  })

  test('permissions of a user stand instead of those of the role, and unknown ones say nothing', () => {
    expect(permissionsOf({ role: 'viewer', permissions: null })).toEqual(ROLE_PERMISSIONS.viewer)
    expect(permissionsOf({ role: 'admin', permissions: [] })).toEqual([])
    const permissions = ['jobs.retry', 'jobs.read', 'jobs.fly', 'constructor', '__proto__']
    expect(permissionsOf({ role: 'viewer', permissions })).toEqual(['jobs.read', 'jobs.retry'])
  })

  test('a token may do what it was made for and its user may do now', () => {
    expect(tokenPermissions(['jobs.read', 'jobs.clear', 'no.such'], ROLE_PERMISSIONS.operator)).toEqual(['jobs.read'])
    expect(tokenPermissions([], ROLE_PERMISSIONS.admin)).toEqual([])
  })

  test('read-only takes every permission that changes something', () => {
    const left = underReadOnly(ALL_PERMISSIONS, 'config')
    expect(left.filter((name) => changing.includes(name))).toEqual([])
    expect(left).toEqual(ALL_PERMISSIONS.filter((name) => !changing.includes(name)))
    expect(underReadOnly(ALL_PERMISSIONS, 'setting')).toEqual([...left, 'settings.manage'])
    expect(underReadOnly(ROLE_PERMISSIONS.operator, 'setting')).not.toContain('settings.manage')
    expect(underReadOnly(ALL_PERMISSIONS, false)).toEqual(ALL_PERMISSIONS)
  })

  test('docs/access.md says the same', () => {
    const page = readFileSync(new URL('../../../docs/access.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([\w.-]+)` \|(.*)\|(.*)\|(.*)\| (.+) \|$/gm)]
    expect(rows.map(([, name]) => name)).toEqual(ALL_PERMISSIONS)
    for (const [, name = '', viewer = '', operator = '', admin = '', text] of rows) {
      const marks = [viewer, operator, admin].map((cell) => cell.trim() === '✓')
      expect([name, marks]).toEqual([name, ROLES.map((role) => ROLE_PERMISSIONS[role].includes(name as never))])
      expect(text).toBe(PERMISSIONS[name as keyof typeof PERMISSIONS].text)
    }
  })
})
