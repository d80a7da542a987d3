import { Link, useLocation } from 'wouter'
import type { Me } from '../../api.ts'
import { Icon } from '../components/icons.tsx'
import { countText } from '../format/number.ts'
import { liveCounts } from '../live/live.ts'
import { useValue } from '../live/value.ts'
import { PLACES, type Place } from '../pages/routes.ts'
import { Account } from './account.tsx'
import { Mark } from './mark.tsx'

export function placesFor(me: Me): readonly Place[] {
  return PLACES.filter(({ needs }) => needs !== 'logs' || (me.features.logs && me.permissions.includes('logs.read')))
}

/** The place that a path belongs to: a job belongs to Jobs. */
export function isAt(path: string, place: Place): boolean {
  return place.path === '/' ? path === '/' : path === place.path || path.startsWith(`${place.path}/`)
}

export function Sidebar({ me }: { me: Me }) {
  const [path] = useLocation()
  return (
    <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-sunken px-3 pt-5 pb-3 md:flex">
      <Link href="/" className="mb-5 rounded px-2" aria-label="Offstage, Now">
        <Mark />
      </Link>
      <nav aria-label="Pages" className="min-h-0 flex-1 overflow-y-auto">
        <ul className="space-y-px">
          {placesFor(me).map((place) => (
            <li key={place.path}>
              <Link
                href={place.path}
                aria-current={isAt(path, place) ? 'page' : undefined}
                className={`flex h-8 items-center gap-2.5 rounded-md px-2 text-sm ${isAt(path, place) ? 'bg-surface font-semibold text-ink shadow-[0_0_0_1px_var(--line)]' : 'text-muted hover:bg-hover hover:text-ink'}`}
              >
                <Icon name={place.icon} />
                {place.name}
                {place.path === '/jobs' && <FailedCount />}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Account me={me} />
    </aside>
  )
}

/** How many jobs stand as failed: seen from every page. */
function FailedCount() {
  const failed = useValue(liveCounts)?.failed
  if (!failed || failed.count === 0) return null
  return (
    <span className="ml-auto rounded-full bg-bad-soft px-1.5 text-2xs font-semibold text-bad" title="failed jobs">
      {countText(failed)}
      <span className="sr-only"> failed</span>
    </span>
  )
}
