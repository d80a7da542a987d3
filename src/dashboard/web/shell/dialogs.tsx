import { CSPProvider } from '@base-ui/react/csp-provider'
import { lazy, Suspense } from 'react'
import { useValue } from '../live/value.ts'
import { openDialog, openedDialog } from './opened-dialog.ts'

const LOADERS = {
  enqueue: () => import('../enqueue/enqueue-dialog.tsx'),
  bulk: () => import('../jobs/bulk-dialog.tsx'),
  clear: () => import('../jobs/clear-dialog.tsx'),
  confirm: () => import('../components/confirm-dialog.tsx'),
  pause: () => import('../components/pause-dialog.tsx'),
  permissions: () => import('../settings/permissions-dialog.tsx'),
  link: () => import('../settings/link-dialog.tsx'),
  palette: () => import('./palette.tsx'),
  help: () => import('./help.tsx'),
}
const Enqueue = lazy(LOADERS.enqueue)
const Bulk = lazy(LOADERS.bulk)
const Clear = lazy(LOADERS.clear)
const Confirm = lazy(LOADERS.confirm)
const Pause = lazy(LOADERS.pause)
const Permissions = lazy(LOADERS.permissions)
const Link = lazy(LOADERS.link)
const Palette = lazy(LOADERS.palette)
const Help = lazy(LOADERS.help)

export const dialogLoaders: readonly (() => Promise<unknown>)[] = Object.values(LOADERS)

/** The dialog that is open, loaded when it is. There is one at a time. */
export function Dialogs() {
  const dialog = useValue(openedDialog)
  if (!dialog) return null
  const onClose = () => openDialog(undefined)
  return (
    <CSPProvider disableStyleElements>
      <Suspense fallback={null}>
        {dialog.kind === 'enqueue' && <Enqueue {...dialog} onClose={onClose} />}
        {dialog.kind === 'bulk' && <Bulk {...dialog} onClose={onClose} />}
        {dialog.kind === 'clear' && <Clear onClose={onClose} />}
        {dialog.kind === 'confirm' && <Confirm {...dialog} onClose={onClose} />}
        {dialog.kind === 'pause' && <Pause {...dialog} onClose={onClose} />}
        {dialog.kind === 'permissions' && <Permissions {...dialog} onClose={onClose} />}
        {dialog.kind === 'link' && <Link {...dialog} onClose={onClose} />}
        {dialog.kind === 'palette' && <Palette onClose={onClose} />}
        {dialog.kind === 'help' && <Help onClose={onClose} />}
      </Suspense>
    </CSPProvider>
  )
}
