import { describe, test, vi } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { openPostgres, withPostgres } from '../../support/postgres.ts'

// A server answers each of thousands of calls by itself, and may be busy with others.
vi.setConfig({ testTimeout: 120_000 })

await withPostgres(() => storeSuite({ name: 'PostgreSQL', open: openPostgres, describe, test }))
