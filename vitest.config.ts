import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'src/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'bench/**', 'dist/**'],
    // Tests start real processes and kill them: each file needs a process of its own, and few at a time. Half of the
    // time they wait for those, so that four keep two cores busy.
    globalSetup: [
      './test/support/unpacked.ts',
      './test/support/unpacked-browser.ts',
      './test/support/postgres-server.ts',
    ],
    pool: 'forks',
    maxWorkers: 4,
    // Node strips types with a WebAssembly module. Once it has called JavaScript a thousand times, V8 compiles that call and
    // throws away the old code, which ends the whole process now and then where several threads do so: "Check failed:
    // jit_page.has_value()" in WasmImportWrapperCache::Free, one whole run in some thirty. So it is never compiled.
    execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
    sequence: { sequencer: LongestFirst },
    // What hangs, hangs for ever; what is slow because the machine has much to do, is right.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/reporter.ts'],
  },
})
