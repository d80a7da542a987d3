import { expect, test } from 'vitest'
import { inspectDatabase, openStore } from '../../../src/stores/open.ts'

/** Passwords with a sign that ends the part of the URL which they are in, and what is left of them behind it. */
const PLACES = [
  '12/hunter2@127.0.0.1:1',
  '12/hunter2@127.0.0.1:1/app',
  '12/x?hunter2@127.0.0.1:1/app',
  '12#hunter2@h/app',
]

test.each(['postgres', 'mysql', 'mariadb'].flatMap((kind) => PLACES.map((place) => `${kind}://app:${place}`)))(
  'a password that was not written as %%XX is shown nowhere: %s',
  async (url) => {
    for (const use of [openStore, inspectDatabase]) {
      const error = await use(url).then(
        () => undefined,
        (reason: Error) => reason,
      )
      expect(error).toMatchObject({ code: 'DATABASE_URL_INVALID' })
      expect(error?.message).toMatch(/in the password as %XX$/)
      expect(`${error?.message} ${error?.stack}`).not.toContain('hunter2')
    }
  },
)
