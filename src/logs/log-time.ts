/**
 * `YYYY-MM-DD HH:MM:SS` in UTC: the same in every process that appends to one file, whatever its machine's zone,
 * and never twice the same hour in autumn.
 */
export function logTime(at: number): string {
  const second = Math.floor(at / 1000)
  if (second === cachedSecond) return cachedText
  const text = new Date(second * 1000).toISOString()
  cachedSecond = second
  cachedText = `${text.slice(0, 10)} ${text.slice(11, 19)}`
  return cachedText
}

// At full speed there are 200,000 lines in a second, all with one time: formatting it once is what makes them cheap.
let cachedSecond = Number.NaN
let cachedText = ''
