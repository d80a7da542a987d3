import type { ScheduleRow } from '../../api.ts'

/** Where a schedule comes from, in words. */
export const SOURCES: Record<ScheduleRow['source'], string> = {
  config: 'from the config',
  'other-config': 'not in this config',
  set: 'set at run time',
}
