import type { Count } from '../../api.ts'

const grouped = new Intl.NumberFormat('en-US')

export function numberText(value: number): string {
  return grouped.format(value)
}

/** `10,000+` when there are more than were counted. */
export function countText({ count, more }: Count): string {
  return `${numberText(count)}${more ? '+' : ''}`
}

/** `1 job`, `2 jobs`, `10,000+ jobs`. */
export function counted(count: number | Count, one: string, many = `${one}s`): string {
  const { count: value, more } = typeof count === 'number' ? { count, more: false } : count
  return `${countText({ count: value, more })} ${value === 1 && !more ? one : many}`
}

/** `12/min`, `0.4/min`; a dash when it is not known. */
export function rateText(perMinute: number | null): string {
  if (perMinute === null) return '–'
  if (perMinute > 0 && perMinute < 0.1) return '< 0.1/min'
  return `${perMinute < 10 ? String(Math.round(perMinute * 10) / 10) : numberText(Math.round(perMinute))}/min`
}

/** `3.1 %`; `< 0.1 %` rather than a zero that hides something. */
export function shareText(share: number | null): string {
  if (share === null) return '–'
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  if (percent < 100 && percent > 99.9) return '> 99.9 %'
  return `${percent < 10 ? Math.round(percent * 10) / 10 : Math.round(percent)} %`
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KB`
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`
}

/** `high`, `medium`, `low` for the three that have a name. */
export function priorityText(priority: number): string {
  return { 10: 'high', 0: 'medium', '-10': 'low' }[priority] ?? String(priority)
}
