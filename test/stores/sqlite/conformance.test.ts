import { describe, test } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { openTemporary } from './temporary.ts'

storeSuite({ name: 'SQLite', open: openTemporary, describe, test })
