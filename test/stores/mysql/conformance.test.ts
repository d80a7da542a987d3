import { describe, test, vi } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { openMysql, withMysql } from '../../support/mysql.ts'

// A server answers each of thousands of calls by itself, and may be busy with others.
vi.setConfig({ testTimeout: 120_000 })

const reason =
  'it has no such call: either is a transaction of several statements, and both in one would hold rows for longer'
const skip = [{ test: 'enqueueAndClaim', reason }]

await withMysql(() => storeSuite({ name: 'MySQL', open: openMysql(), skip, describe, test }))
