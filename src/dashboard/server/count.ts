import type { Count } from '../api.ts'

/** How far anything is counted exactly; beyond, it is "10,000+". */
export const COUNTED_TO = 10_000

/** A count as a person reads it. */
export function countText({ count, more }: Count): string {
  return `${count.toLocaleString('en-US')}${more ? '+' : ''}`
}
