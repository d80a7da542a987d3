import type { TestOptions } from 'vitest'

/**
 * The options of tests that need something which not every machine has. Where it is missing they are skipped, and the
 * end of the run says so.
 * @param missing What was not tested, why, and what would let it be; as a sentence without its end.
 */
export function needs(there: boolean, missing: string): TestOptions {
  return there ? {} : { skip: true, meta: { notReached: missing } }
}
