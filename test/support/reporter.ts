import type { Reporter, TestModule } from 'vitest/node'

declare module 'vitest' {
  interface TaskMeta {
    /** What a test could not reach that it is about, and what would let it. */
    notReached?: string
  }
}

/** Ends the run with one plain line, for people and for CI: `142 passed, 0 failed, 1 skipped`. */
export default class PlainTotals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    // What broke outside a test (an import, a hook, a stray rejection) counts as a failure too.
    const totals = { passed: 0, failed: unhandled.length, skipped: 0 }
    const notReached = new Set<string>()
    for (const module of modules) {
      totals.failed += module.errors().length
      for (const suite of module.children.allSuites()) totals.failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        const { notReached: missing } = test.meta()
        if (missing !== undefined) notReached.add(missing)
        totals[state === 'pending' ? 'failed' : state] += 1
      }
    }
    const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
    // The other reporters print their summaries first; nothing may follow this line.
    process.once('exit', () => {
      for (const missing of notReached) process.stdout.write(`${missing}\n`)
      process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`)
    })
  }
}
