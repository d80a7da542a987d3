import { describe, expect, test } from 'vitest'
import { Refused } from '../../../src/dashboard/server/auth/refused.ts'
import { Kept } from '../../../src/dashboard/server/kept.ts'
import { until } from '../../support/until.ts'
import { testApp } from '../app.ts'

/** Tells who each cookie is, and counts how often it was asked. */
function recorder() {
  const asked: string[] = []
  const find = (cookie: string) => async () => {
    asked.push(cookie)
    return cookie === 'nobody' ? new Refused('SIGN_IN_REQUIRED', 'sign in first') : cookie.toUpperCase()
  }
  return { asked, find }
}

const isKnown = (who: unknown) => !(who instanceof Refused)

describe('whose a browser is', () => {
  test('is asked once for all that it looks at within a second, also at the same time', async () => {
    let now = 0
    const known = new Kept<unknown>(10, () => now)
    const { asked, find } = recorder()
    expect(await Promise.all([known.of('ada', find('ada')), known.of('ada', find('ada'))])).toEqual(['ADA', 'ADA'])
    now = 999
    expect(await known.of('ada', find('ada'))).toBe('ADA')
    expect(await known.of('bob', find('bob'))).toBe('BOB')
    expect(asked).toEqual(['ada', 'bob'])
    now = 1_000
    await known.of('ada', find('ada'))
    expect(asked).toEqual(['ada', 'bob', 'ada'])
  })

  test('is asked again after a change, by those who come after it', async () => {
    const known = new Kept<unknown>(10)
    const { asked, find } = recorder()
    const early = known.of('ada', find('ada'))
    known.forget()
    await Promise.all([early, known.of('ada', find('ada'))])
    await known.of('ada', find('ada'))
    expect(asked).toEqual(['ada', 'ada'])
  })

  test('is not kept where it is nobody, or could not be found out', async () => {
    const known = new Kept<unknown>(10)
    const { asked, find } = recorder()
    for (let i = 0; i < 2; i++) expect(await known.of('nobody', find('nobody'), isKnown)).toBeInstanceOf(Refused)
    expect(asked).toEqual(['nobody', 'nobody'])
    const fails = async () => {
      throw new Error('no database')
    }
    await expect(known.of('ada', fails)).rejects.toThrow('no database')
    expect(await known.of('ada', find('ada'))).toBe('ADA')
  })
})

test('of more than are to be kept, the oldest are asked for again', async () => {
  const kept = new Kept<string>(2)
  const asked: string[] = []
  const ask = async (key: string) => {
    await kept.of(key, async () => {
      asked.push(key)
      return key
    })
  }
  for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await ask(key)
  expect(asked).toEqual(['a', 'b', 'c', 'a'])
})

describe('a browser whose session was ended', () => {
  test('by this process may look at nothing more', async () => {
    await using app = await testApp()
    const [admin, viewer] = [await app.signedIn('admin'), await app.signedIn('viewer')]
    const { body: me } = await viewer.get('/api/me')
    const { body: own } = await viewer.get('/api/sessions')
    expect(own.sessions).toHaveLength(1)
    expect((await admin.send('DELETE', `/api/sessions/${own.sessions[0].id}`)).status).toBe(200)
    expect((await viewer.get('/api/me')).status).toBe(401)
    expect(me.role).toBe('viewer')
  })

  test('by another changes nothing more, and looks at nothing a second later', async () => {
    await using app = await testApp()
    const admin = await app.signedIn('admin')
    const { body } = await admin.get('/api/me')
    const store = await app.store()
    await store.access.endSessionsOf(body.id)
    expect((await admin.post('/api/queues/default/pause', {})).status).toBe(401)
    await until('it is refused', async () => (await admin.get('/api/me')).status === 401)
  })
})
