import { useMutation } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { Me } from '../../api.ts'
import { cache } from '../api/cache.ts'
import { send } from '../api/client.ts'
import { Icon, type IconName } from '../components/icons.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { visibleText } from '../format/hidden.ts'
import { useValue } from '../live/value.ts'
import { nextTheme, setTheme, type Theme, theme } from '../theme/theme.ts'
import { openDialog } from './opened-dialog.ts'

const THEME_ICONS: Record<Theme, IconName> = { system: 'system', light: 'sun', dark: 'moon' }

/** Who is signed in, where, and what they can set for themselves. */
export function Account({ me }: { me: Me }) {
  const current = useValue(theme)
  const leave = useSignOut()
  return (
    <div className="space-y-2 border-t border-line pt-3">
      {me.readOnly && (
        <p className="mx-2 flex items-center gap-1.5 text-xs font-medium text-wait">
          <Icon name="lock" className="size-3.5" /> Read-only
        </p>
      )}
      <div className="px-2 text-xs">
        <p className="truncate font-medium" title={visibleText(me.email ?? me.name)}>
          <Untrusted>{me.name}</Untrusted>
        </p>
        <p className="truncate text-muted" title={`${me.database} · version ${me.version}`}>
          {me.role ?? 'guest'} · {me.database}
        </p>
      </div>
      {me.hasPassword === false && (
        <Link
          href="/settings?part=password"
          className="mx-2 flex items-center gap-1.5 text-xs font-medium text-accent hover:underline"
          title="Without one you need a new link for every session"
        >
          <Icon name="lock" className="size-3.5" /> Set a password
        </Link>
      )}
      <div className="flex gap-1 px-1">
        <SmallButton
          icon={THEME_ICONS[current]}
          label={`Theme: ${current}. Switch to ${nextTheme(current)}`}
          onClick={() => setTheme(nextTheme(current))}
        />
        <SmallButton icon="help" label="Keyboard shortcuts" onClick={() => openDialog({ kind: 'help' })} />
        {!me.external && <SmallButton icon="leave" label="Sign out" onClick={() => leave()} />}
        <span className="ml-auto self-center pr-1 text-2xs text-faint">{me.version}</span>
      </div>
    </div>
  )
}

export function useSignOut(): () => void {
  const [, navigate] = useLocation()
  const { mutate } = useMutation({
    mutationFn: () => send('POST', 'sign-out'),
    onSettled: () => {
      cache.clear()
      navigate('/sign-in')
    },
  })
  return mutate
}

function SmallButton({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="grid size-7 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
    >
      <Icon name={icon} />
    </button>
  )
}
