import { useEffect } from 'react'
import { useLocation } from 'wouter'
import type { Me } from '../../api.ts'
import { refresh, signedOut } from '../api/cache.ts'
import { startLive } from '../live/live.ts'
import { pageLoaders } from '../pages/routes.ts'
import { Away } from './away.tsx'
import { dialogLoaders } from './dialogs.tsx'
import { listenToKeys } from './keys.ts'
import { PhoneBar, PhoneTop } from './phone.tsx'
import { Sidebar } from './sidebar.tsx'

/** By then the page that was asked for is there. */
const IDLE_MS = 3000

/** What stands around every page. */
export function Shell({ me, children }: { me: Me; children: React.ReactNode }) {
  const [, navigate] = useLocation()
  useEffect(() => startLive(refresh, signedOut), [])
  useEffect(() => listenToKeys(navigate), [navigate])
  useEffect(() => {
    const timer = setTimeout(loadAhead, IDLE_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-ink px-3 py-1.5 text-sm text-invert focus:translate-y-0"
      >
        Skip to the content
      </a>
      <Sidebar me={me} />
      <PhoneTop me={me} />
      <main id="content" tabIndex={-1} className="min-w-0 px-4 pt-4 pb-24 outline-none md:px-7 md:pt-6 md:pb-12">
        <div className="mx-auto max-w-[100rem]">
          <Away />
          {children}
        </div>
      </main>
      <PhoneBar me={me} />
    </div>
  )
}

/** Loads the rest when there is nothing else to do: pages open at once then, and while the server is away. */
async function loadAhead(): Promise<void> {
  for (const load of [...dialogLoaders, ...pageLoaders]) await load().catch(() => undefined)
}
