import { shownDatabase } from '../../../core/shown-database.ts'
import type { SettingsAnswer } from '../../api.ts'
import { READ_ONLY_SETTING } from '../auth/auth.ts'
import { AUDIT_DAYS_SETTING, auditDays } from '../housekeeping.ts'
import { Problem } from '../problem.ts'
import type { Call, Route } from '../route.ts'
import { between, boolean, object, ref } from '../schemas/schema.ts'

interface Change {
  readOnly?: boolean
  auditDays?: number
}

export const settingsRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/settings',
    access: 'jobs.read',
    summary: 'What is set, here and in the config',
    answer: ref('SettingsAnswer'),
    handle: async ({ core }) => ({ json: await settingsOf(core) }),
  },
  {
    method: 'PUT',
    path: '/settings',
    access: 'settings.manage',
    summary: 'Changes what can be changed here',
    body: object<Change>({ readOnly: boolean, auditDays: between(1, 3_650) }, ['readOnly', 'auditDays']),
    answer: ref('SettingsAnswer'),
    handle: async ({ core, body, identity, visit }) => {
      const change = body as Change
      const record = { actor: identity, action: 'settings.change', detail: change, address: visit.address }
      await core.auth.audit.during(record, async () => {
        const { access } = core.store
        if (change.readOnly === false && (await core.auth.readOnly()) === 'config') {
          const message = 'the config says readOnly: nobody can switch that off here'
          throw new Problem(409, { code: 'READ_ONLY', message })
        }
        if (change.readOnly !== undefined) await access.setSetting(READ_ONLY_SETTING, change.readOnly)
        if (change.auditDays !== undefined) await access.setSetting(AUDIT_DAYS_SETTING, change.auditDays)
      })
      return { json: await settingsOf(core) }
    },
  },
]

async function settingsOf({ settings, auth, store, version }: Call['core']): Promise<SettingsAnswer> {
  const { retention, logs } = settings
  const kept = (status: 'completed' | 'failed' | 'cancelled') => ({
    ageMs: Number.isFinite(retention[status]) ? retention[status] : null,
    most: retention.most?.[status] ?? null,
  })
  return {
    readOnly: (await auth.readOnly()) !== false,
    retention: { completed: kept('completed'), failed: kept('failed'), cancelled: kept('cancelled') },
    auditDays: await auditDays(store.access),
    logs: logs === false ? null : { file: logs.file, errorFile: logs.errorFile, format: logs.format },
    database: shownDatabase(settings.database),
    version,
  }
}
