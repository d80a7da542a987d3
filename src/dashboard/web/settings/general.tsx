import { useQuery } from '@tanstack/react-query'
import type { SettingsAnswer } from '../../api.ts'
import { useRefusal } from '../access.ts'
import { settingsQuery } from '../api/queries.ts'
import { useCommand } from '../api/use-command.ts'
import { Button } from '../components/button.tsx'
import { Card, Fact } from '../components/card.tsx'
import { Select } from '../components/fields.tsx'
import { Failure, SkeletonRows } from '../components/placeholders.tsx'
import { Segmented } from '../components/segmented.tsx'
import { Badge } from '../components/status.tsx'
import { numberText } from '../format/number.ts'
import { durationText } from '../format/time.ts'
import { useValue } from '../live/value.ts'
import { setTheme, type Theme, theme } from '../theme/theme.ts'

/** What holds for everybody, and the theme of this browser. */
export function General() {
  const { data, error, refetch, isFetching } = useQuery(settingsQuery)
  return (
    <>
      <Appearance />
      {error && (
        <Failure what="The settings could not be loaded" error={error} onRetry={refetch} retrying={isFetching} />
      )}
      {data ? (
        <>
          <ReadOnly settings={data} />
          <AuditKept settings={data} />
          <Kept settings={data} />
        </>
      ) : (
        !error && <SkeletonRows rows={4} />
      )}
    </>
  )
}

function Appearance() {
  const current = useValue(theme)
  return (
    <Card title="Appearance">
      <div className="flex flex-wrap items-center gap-4 p-4 text-sm">
        <Segmented<Theme>
          label="Theme"
          value={current}
          onChange={setTheme}
          choices={[
            { value: 'system', name: 'As the system' },
            { value: 'light', name: 'Light' },
            { value: 'dark', name: 'Dark' },
          ]}
        />
        <span className="text-muted">Kept in this browser.</span>
      </div>
    </Card>
  )
}

function ReadOnly({ settings: { readOnly } }: { settings: SettingsAnswer }) {
  const reason = useRefusal()('settings.manage')
  const { run, busy } = useCommand(['access'])
  return (
    <Card
      title="Read-only"
      aside={
        readOnly ? (
          <Badge tone="wait" icon="lock">
            on
          </Badge>
        ) : (
          <Badge tone="off">off</Badge>
        )
      }
    >
      <div className="flex flex-wrap items-center gap-4 p-4 text-sm">
        <p className="min-w-0 flex-1 basis-72 text-muted">
          {readOnly
            ? 'Nobody can change anything here, whatever their role. Workers and the command line go on as always.'
            : 'While it is on, everybody can look and nobody can change anything: during an audit, or a handover.'}
        </p>
        <Button
          icon="lock"
          reason={reason}
          busy={busy !== undefined}
          onClick={() =>
            run('PUT', 'settings', readOnly ? 'Changes are allowed again.' : 'The dashboard is read-only now.', {
              readOnly: !readOnly,
            })
          }
        >
          {readOnly ? 'Allow changes' : 'Make it read-only'}
        </Button>
      </div>
    </Card>
  )
}

const AUDIT_DAYS = [30, 90, 180, 365, 730, 3_650]

function AuditKept({ settings: { auditDays } }: { settings: SettingsAnswer }) {
  const reason = useRefusal()('settings.manage')
  const { run } = useCommand(['access'])
  const days = AUDIT_DAYS.includes(auditDays) ? AUDIT_DAYS : [auditDays, ...AUDIT_DAYS]
  return (
    <Card title="Audit log">
      <div className="flex flex-wrap items-center gap-4 p-4 text-sm">
        <p className="min-w-0 flex-1 basis-72 text-muted">
          Who did what is kept for this long, and bulk operations that have ended with it.
        </p>
        {reason === undefined ? (
          <Select
            aria-label="Kept for"
            small
            value={String(auditDays)}
            onChange={(value) =>
              run('PUT', 'settings', `The audit log is kept for ${value} days.`, { auditDays: Number(value) })
            }
            choices={days.map((each) => ({ value: String(each), name: `${numberText(each)} days` }))}
          />
        ) : (
          <strong className="font-semibold">{numberText(auditDays)} days</strong>
        )}
      </div>
    </Card>
  )
}

function Kept({ settings }: { settings: SettingsAnswer }) {
  const { retention, logs, database, version } = settings
  return (
    <Card title="What is kept" aside={<span className="text-xs text-muted">set in offstage.config.ts</span>}>
      <dl className="grid gap-4 p-4 text-sm sm:grid-cols-2 lg:grid-cols-3">
        {(['completed', 'failed', 'cancelled'] as const).map((status) => (
          <Fact key={status} name={`${status} jobs`}>
            {keptText(retention[status])}
          </Fact>
        ))}
        <Fact name="Log files">
          {logs ? (
            <>
              <code className="block font-mono text-xs">{logs.file}</code>
              <code className="block font-mono text-xs">{logs.errorFile}</code>
            </>
          ) : (
            'none here'
          )}
        </Fact>
        <Fact name="Database">
          <code className="font-mono text-xs">{database}</code>
        </Fact>
        <Fact name="Version">{version}</Fact>
      </dl>
    </Card>
  )
}

function keptText({ ageMs, most }: SettingsAnswer['retention']['failed']): string {
  const age = ageMs === null ? 'for ever' : `for ${durationText(ageMs)}`
  return most === null ? age : `${age}, the newest ${numberText(most)} at most`
}
