import type { AccessStore } from '../../store/access.ts'
import type { CauseRow } from '../api.ts'

const SETTING = 'mutedCauses'
/** More are a sign that nobody looks any more: the oldest are forgotten. */
const MOST_MUTES = 200

export interface Mute {
  /** In ms since 1970; null for as long as nobody changes it. */
  until: number | null
  by: string
}

/** By fingerprint, the oldest first. */
export type Mutes = Readonly<Record<string, Mute>>

/** The causes that somebody has muted, and whose time is not over. */
export async function mutesOf(access: AccessStore, now: number): Promise<Mutes> {
  const stored = ((await access.setting(SETTING)) ?? {}) as Mutes
  return Object.fromEntries(Object.entries(stored).filter(([, { until }]) => until === null || until > now))
}

/** Mutes a cause, or lets it speak again. */
export async function setMute(
  access: AccessStore,
  fingerprint: string,
  mute: Mute | undefined,
  now: number,
): Promise<void> {
  const { [fingerprint]: _, ...others } = await mutesOf(access, now)
  const kept = Object.entries(others).slice(1 - MOST_MUTES)
  await access.setSetting(SETTING, Object.fromEntries(mute === undefined ? kept : [...kept, [fingerprint, mute]]))
}

export function mutedOf(mutes: Mutes, fingerprint: string): CauseRow['muted'] {
  const mute = mutes[fingerprint]
  if (mute === undefined) return null
  return { until: mute.until === null ? null : new Date(mute.until).toISOString(), by: mute.by }
}
