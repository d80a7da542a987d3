import { createValue } from './value.ts'

/** False from the first request that got no answer until the next that does. */
export const reachable = createValue(true)
