import type { Isolation } from '../../dist/index.js'
import { defineApp } from './app.ts'

const { BENCH_FOLDER = '.', BENCH_ISOLATION = 'inline', BENCH_LOGS = '' } = process.env

export default defineApp({ folder: BENCH_FOLDER, isolation: BENCH_ISOLATION as Isolation, logs: BENCH_LOGS === '1' })
