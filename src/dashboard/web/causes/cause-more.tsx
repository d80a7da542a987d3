import { lazy, Suspense } from 'react'
import type { CauseRow } from '../../api.ts'

/** A menu weighs a fifth of the first view, which is there without it. */
const CauseMenu = lazy(() => import('./cause-menu.tsx'))

/** The menu of a cause; room for it until it is there. */
export function CauseMore({ cause }: { cause: CauseRow }) {
  return (
    <Suspense fallback={<span className="inline-block size-7" />}>
      <CauseMenu cause={cause} />
    </Suspense>
  )
}
