import { describe, expect, test } from 'vitest'
import { resolveSettings } from '../../src/core/settings.ts'

const resolve = (dashboard: unknown, env: Record<string, string> = {}) =>
  resolveSettings({ jobs: [], dashboard: dashboard as object }, env).dashboard

describe('the dashboard in the config', () => {
  test('is on this machine only, unless something else is said', () => {
    expect(resolveSettings({ jobs: [] }, {}).dashboard).toEqual({
      basePath: undefined,
      readOnly: false,
      trustProxy: false,
      metrics: 'token',
      queryTimeoutMs: 5_000,
      host: '127.0.0.1',
      port: 8787,
      portIsChosen: false,
    })
  })

  test('gives way to the environment', () => {
    const config = { host: '10.0.0.1', port: 9000, basePath: '/admin/', queryTimeout: '2s', trustProxy: 2 }
    expect(resolve(config)).toMatchObject({ host: '10.0.0.1', port: 9000, portIsChosen: true })
    expect(resolve(config, { OFFSTAGE_HOST: '::1', OFFSTAGE_PORT: '80' })).toMatchObject({
      host: '::1',
      port: 80,
      portIsChosen: true,
      basePath: '/admin',
      queryTimeoutMs: 2_000,
      trustProxy: 2,
    })
    expect(resolve({}, { OFFSTAGE_HOST: ' ', OFFSTAGE_PORT: '' })).toMatchObject({ host: '127.0.0.1', port: 8787 })
  })

  test.each([
    [{ port: 70_000 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ host: 'a b' }, 'host'],
    [{ host: 7 }, 'host'],
    [{ basePath: 'admin' }, 'basePath'],
    [{ basePath: '/a/../b' }, 'basePath'],
    [{ basePath: '/a?b' }, 'basePath'],
    [{ readOnly: 'yes' }, 'readOnly'],
    [{ trustProxy: -1 }, 'trustProxy'],
    [{ metrics: 'public' }, 'metrics'],
    [{ queryTimeout: '1ms' }, 'queryTimeout'],
    [{ queryTimeout: '1h' }, 'queryTimeout'],
    [{ passwrod: 1 }, 'passwrod'],
    ['x', 'dashboard'],
  ])('%j is refused, with its name', (config, name) => {
    expect(() => resolve(config)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(() => resolve(config)).toThrow(name)
  })

  test('a port in the environment that is none is refused by that name', () => {
    expect(() => resolve({}, { OFFSTAGE_PORT: 'eighty' })).toThrow('OFFSTAGE_PORT')
  })
})
