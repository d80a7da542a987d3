import type { AccessStore } from '../../store/access.ts'
import { DAY_MS } from './window.ts'

export const AUDIT_DAYS_SETTING = 'auditDays'
const DEFAULT_AUDIT_DAYS = 365
const EVERY_MS = 3_600_000

/** How long audit entries and ended operations are kept. */
export async function auditDays(access: AccessStore): Promise<number> {
  const days = await access.setting(AUDIT_DAYS_SETTING)
  return typeof days === 'number' ? days : DEFAULT_AUDIT_DAYS
}

/** Removes what is past its time, now and every hour. Returns how to stop. */
export function keepHouse(access: AccessStore, onError: (error: unknown) => void): () => void {
  const prune = async () => await access.pruneAccess(new Date(), (await auditDays(access)) * DAY_MS)
  const once = () => void prune().catch(onError)
  once()
  const timer = setInterval(once, EVERY_MS).unref()
  return () => clearInterval(timer)
}
