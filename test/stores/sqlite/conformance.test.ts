import { describe, test } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { openTemporary } from './temporary.ts'

const reason =
  'it has no such call: a file in this process answers at once, so a claim that follows costs no round trip'

storeSuite({
  name: 'SQLite',
  open: openTemporary,
  skip: [{ test: 'enqueueAndClaim', reason }],
  describe,
  test,
})
