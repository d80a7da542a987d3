/**
 * What a job's progress comes to, 0 to 1: a number (to 1, or to 100), or an object with `done` and `total` or a `percent`.
 * Undefined when it is something else.
 */
export function shareOf(progress: unknown): number | undefined {
  if (typeof progress === 'number') return clamp(progress > 1 ? progress / 100 : progress)
  if (typeof progress !== 'object' || progress === null) return undefined
  const { done, total, percent } = progress as Record<string, unknown>
  if (typeof percent === 'number') return clamp(percent / 100)
  if (typeof done === 'number' && typeof total === 'number' && total > 0) return clamp(done / total)
  return undefined
}

function clamp(share: number): number | undefined {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : undefined
}
