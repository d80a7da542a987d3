import { temporaryDatabase, withMysql } from '../../support/mysql.ts'
import { testProcesses } from '../processes.ts'

await withMysql(() => testProcesses({ open: temporaryDatabase, many: 6, answers: 200 }))
