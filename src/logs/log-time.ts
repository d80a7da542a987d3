// At full speed there are 200,000 lines in a second, all with one time: formatting it once is what makes them cheap.
let cachedSecond = Number.NaN
let cachedText = ''
let cachedIso = ''

/**
 * `YYYY-MM-DD HH:MM:SS` in UTC: the same in every process that appends to one file, whatever its machine's zone,
 * and never twice the same hour in autumn.
 */
export function logTime(at: number): string {
  move(at)
  return cachedText
}

/** The same with milliseconds, in ISO 8601. */
export function isoTime(at: number): string {
  move(at)
  return `${cachedIso}${String(at - cachedSecond * 1_000).padStart(3, '0')}Z`
}

function move(at: number): void {
  const second = Math.floor(at / 1_000)
  if (second === cachedSecond) return
  const text = new Date(second * 1_000).toISOString()
  cachedSecond = second
  cachedText = `${text.slice(0, 10)} ${text.slice(11, 19)}`
  cachedIso = `${text.slice(0, 19)}.`
}
