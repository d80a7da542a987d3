import { expect, test } from 'vitest'
import { shownDatabase } from '../../src/core/shown-database.ts'

test.each([
  ['postgres://app:hunter2@db:5432/app?schema=x', 'postgres://app:***@db:5432/app?schema=x'],
  ['mysql://app:@db/app', 'mysql://app:***@db/app'],
  ['postgres://:hunter2@db/app', 'postgres://:***@db/app'],
  // Nobody has escaped these.
  ['postgres://app:hun@ter2@db/app', 'postgres://app:***@db/app'],
  ['postgres://app:hun/ter:2@db/app', 'postgres://app:***@db/app'],
  ['postgres://app:hun ter2\n@db/app', 'postgres://app:***@db/app'],
  ['//app:hunter2@db/app', '//app:***@db/app'],
  ['postgres://db/app?password=hunter2&schema=x', 'postgres://db/app?password=***&schema=x'],
  ['sqlite:a.db?key=hunter2', 'sqlite:a.db?key=***'],
  // Without a password there is nothing to hide.
  ['postgres://app@db:5432/app', 'postgres://app@db:5432/app'],
  ['postgres://db:5432/app', 'postgres://db:5432/app'],
  ['sqlite:/var/lib/jobs.db?synchronous=full', 'sqlite:/var/lib/jobs.db?synchronous=full'],
])('%s is shown as %s', (url, shown) => {
  expect(shownDatabase(url)).toBe(shown)
})
