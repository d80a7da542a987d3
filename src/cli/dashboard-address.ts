import type { DashboardSettings } from '../core/dashboard-settings.ts'
import { OffstageError } from '../core/errors.ts'

/** Where a browser on this machine finds the dashboard, by what is configured. */
export function dashboardAddress({ host, port, basePath = '' }: DashboardSettings): string {
  // What means every address of this machine is none to go to.
  const reached = /^(0\.0\.0\.0|::)$/.test(host) ? '127.0.0.1' : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}${basePath}`
}

/**
 * The address of a dashboard as somebody typed it.
 * @throws OffstageError OPTION_INVALID for what is no address of a page.
 */
export function checkAddress(url: string, flag: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.hash === '' && parsed.search === '') {
    return parsed.href
  }
  throw new OffstageError(
    'OPTION_INVALID',
    `${flag} is ${JSON.stringify(url)}: write where the dashboard is, as in https://jobs.example.org/admin`,
  )
}
