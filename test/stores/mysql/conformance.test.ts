import { describe, test } from 'vitest'
import { storeSuite } from '../../../src/testing/index.ts'
import { openMysql, withMysql } from '../../support/mysql.ts'

await withMysql(() => storeSuite({ name: 'MySQL', open: openMysql(), describe, test }))
