import { describe, test, vi } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { openPostgresAhead, withPostgres } from '../../support/postgres.ts'

vi.setConfig({ testTimeout: 120_000 })

// What large claims do, every claim does here: whatever else the suite asks of a store has to hold beside it.
await withPostgres(() =>
  storeSuite({ name: 'PostgreSQL, all claims held ahead', open: openPostgresAhead, describe, test }),
)
