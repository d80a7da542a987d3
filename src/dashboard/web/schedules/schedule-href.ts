/** Where a schedule is shown, open. */
export function scheduleHref(name: string): string {
  return `/schedules?open=${encodeURIComponent(name)}`
}
