/**
 * The candidate that `text` is most likely a slip of, or undefined when none is near: a different case, or at
 * most one slip in three characters. A slip is a letter left out, added, replaced, or swapped with its neighbour.
 */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  // A name has no thousand letters; what has is no slip, and would only cost time.
  if (text.length > 200) return undefined
  const wanted = text.toLowerCase()
  let best: string | undefined
  let bestSlips = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const slips = distance(wanted, candidate.toLowerCase())
    if (slips < bestSlips && slips <= Math.max(1, Math.floor(Math.max(text.length, candidate.length) / 3))) {
      best = candidate
      bestSlips = slips
    }
  }
  return best
}

/** `; did you mean X?`, or nothing when there is nothing near. */
export function suggestion(text: string, candidates: Iterable<string>): string {
  const found = nearest(text, candidates)
  return found === undefined ? '' : `; did you mean ${found}?`
}

/** The Damerau-Levenshtein distance (optimal string alignment) of two texts. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, at(before, j - 2) + 1)
      }
      row.push(least)
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] as number
}
