import { useMe, useRefusal } from '../access.ts'
import { Button } from '../components/button.tsx'
import { openDialog } from '../shell/opened-dialog.ts'

export interface EnqueueButtonProps {
  handler?: { class: string; method: string }
  size?: 'small' | 'normal'
  look?: 'primary' | 'plain'
}

/** Opens the form for a new job; not there where this install has no handlers to enqueue. */
export function EnqueueButton({ handler, size = 'normal', look = 'primary' }: EnqueueButtonProps) {
  const me = useMe()
  const refusal = useRefusal()
  if (!me?.features.enqueue) return null
  return (
    <Button
      look={look}
      size={size}
      icon="plus"
      reason={refusal('jobs.enqueue')}
      onClick={() => openDialog({ kind: 'enqueue', handler })}
    >
      Enqueue
    </Button>
  )
}
