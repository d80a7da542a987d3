import { useSearchParams } from 'wouter'
import { useMe } from '../access.ts'
import { useShownTab } from '../components/shown-tab.ts'
import { General } from '../settings/general.tsx'
import { Invitations } from '../settings/invitations.tsx'
import { Password } from '../settings/password.tsx'
import { Sessions } from '../settings/sessions.tsx'
import { Tokens } from '../settings/tokens.tsx'
import { Users } from '../settings/users.tsx'
import { Page } from '../shell/page.tsx'

const PARTS = [
  { value: 'general', name: 'General' },
  { value: 'users', name: 'Users' },
  { value: 'tokens', name: 'API tokens' },
  { value: 'sessions', name: 'Sessions' },
  { value: 'password', name: 'Password' },
] as const
type Part = (typeof PARTS)[number]['value']

/** How the dashboard is set, and who may use it. */
export default function SettingsPage() {
  const [search, setSearch] = useSearchParams()
  const me = useMe()
  // Where the embedding app decides who is there, there are no users here.
  const parts = PARTS.filter(({ value }) => value === 'general' || (me?.features.users && !me.external))
  const part: Part = parts.find(({ value }) => value === search.get('part'))?.value ?? 'general'
  const tabs = useShownTab<HTMLFieldSetElement>(part)
  return (
    <Page title="Settings">
      {parts.length > 1 && (
        <fieldset ref={tabs} aria-label="Part" className="-mx-1 mb-4 flex min-w-0 gap-1 overflow-x-auto px-1 py-1">
          {parts.map(({ value, name }) => (
            <button
              key={value}
              type="button"
              aria-pressed={value === part}
              onClick={() => setSearch({ part: value })}
              className="h-8 rounded-md px-3 text-sm font-medium whitespace-nowrap text-muted hover:bg-hover aria-pressed:bg-surface aria-pressed:text-ink aria-pressed:shadow-[0_0_0_1px_var(--line-strong)]"
            >
              {name}
            </button>
          ))}
        </fieldset>
      )}
      <div className="space-y-5">
        {part === 'general' && <General />}
        {part === 'users' && (
          <>
            <Users />
            <Invitations />
          </>
        )}
        {part === 'tokens' && <Tokens />}
        {part === 'sessions' && <Sessions />}
        {part === 'password' && <Password />}
      </div>
    </Page>
  )
}
