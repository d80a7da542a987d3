import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Me } from '../../api.ts'
import { Icon } from '../components/icons.tsx'
import type { Place } from '../pages/routes.ts'
import { Account } from './account.tsx'
import { LiveIndicator } from './live-indicator.tsx'
import { Mark } from './mark.tsx'
import { openDialog } from './opened-dialog.ts'
import { isAt, placesFor } from './sidebar.tsx'

/** How many places have room beside "More". */
const SHOWN = 4

/** Narrow screens: the name and the state above. */
export function PhoneTop({ me }: { me: Me }) {
  return (
    <div className="sticky top-0 z-20 flex h-12 items-center gap-3 border-b border-line bg-page px-4 md:hidden">
      <Link href="/" aria-label="Offstage, Now">
        <Mark />
      </Link>
      <span className="ml-auto flex items-center gap-3">
        {me.readOnly && <Icon name="lock" className="size-4 text-wait" />}
        <LiveIndicator short />
        <button
          type="button"
          aria-label="Search and commands"
          onClick={() => openDialog({ kind: 'palette' })}
          className="grid size-9 place-items-center rounded-md text-muted"
        >
          <Icon name="search" />
        </button>
      </span>
    </div>
  )
}

/** Narrow screens: the pages below, within reach of the thumb. */
export function PhoneBar({ me }: { me: Me }) {
  const [path] = useLocation()
  const [more, setMore] = useState(false)
  const places = placesFor(me)
  const rest = places.slice(SHOWN)
  return (
    <div className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface md:hidden">
      {more && (
        <div className="border-b border-line px-3 py-3">
          <ul className="mb-3 grid grid-cols-2 gap-1">
            {rest.map((place) => (
              <li key={place.path}>
                <Link
                  href={place.path}
                  onClick={() => setMore(false)}
                  aria-current={isAt(path, place) ? 'page' : undefined}
                  className="flex h-10 items-center gap-2.5 rounded-md px-2 aria-[current=page]:bg-sunken aria-[current=page]:font-semibold"
                >
                  <Icon name={place.icon} /> {place.name}
                </Link>
              </li>
            ))}
          </ul>
          <Account me={me} />
        </div>
      )}
      <nav aria-label="Pages">
        <ul className="grid h-14 grid-cols-5">
          {places.slice(0, SHOWN).map((place) => (
            <li key={place.path}>
              <Tab place={place} current={!more && isAt(path, place)} onClick={() => setMore(false)} />
            </li>
          ))}
          <li>
            <button
              type="button"
              aria-expanded={more}
              onClick={() => setMore(!more)}
              className={`flex h-full w-full flex-col items-center justify-center gap-0.5 text-2xs ${more || rest.some((place) => isAt(path, place)) ? 'font-semibold text-ink' : 'text-muted'}`}
            >
              <Icon name="more" className="size-5" /> More
            </button>
          </li>
        </ul>
      </nav>
    </div>
  )
}

function Tab({ place, current, onClick }: { place: Place; current: boolean; onClick: () => void }) {
  return (
    <Link
      href={place.path}
      onClick={onClick}
      aria-current={current ? 'page' : undefined}
      className={`flex h-full flex-col items-center justify-center gap-0.5 text-2xs ${current ? 'font-semibold text-ink' : 'text-muted'}`}
    >
      <Icon name={place.icon} className="size-5" /> {place.name}
    </Link>
  )
}
