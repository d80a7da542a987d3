import { describe, test } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { openPostgres, withPostgres } from '../../support/postgres.ts'

await withPostgres(() => storeSuite({ name: 'PostgreSQL', open: openPostgres, describe, test }))
