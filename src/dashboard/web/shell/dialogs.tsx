import { CSPProvider } from '@base-ui/react/csp-provider'
import { lazy, Suspense } from 'react'
import { useValue } from '../live/value.ts'
import { openDialog, openedDialog } from './opened-dialog.ts'

const Enqueue = lazy(() => import('../enqueue/enqueue-dialog.tsx'))
const Bulk = lazy(() => import('../jobs/bulk-dialog.tsx'))
const Clear = lazy(() => import('../jobs/clear-dialog.tsx'))
const Confirm = lazy(() => import('../components/confirm-dialog.tsx'))
const Palette = lazy(() => import('./palette.tsx'))
const Help = lazy(() => import('./help.tsx'))

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
        {dialog.kind === 'palette' && <Palette onClose={onClose} />}
        {dialog.kind === 'help' && <Help onClose={onClose} />}
      </Suspense>
    </CSPProvider>
  )
}
