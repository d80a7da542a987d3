import type { JobAction, JobRow, UserRow } from '../../api.ts'
import type { Pausable } from '../components/pause-dialog.tsx'
import { createValue } from '../live/value.ts'

export type OpenedDialog =
  /** With `copyOf`, an edited copy of that job. */
  | { kind: 'enqueue'; copyOf?: JobRow | undefined; handler?: { class: string; method: string } | undefined }
  /** An action on everything that matches. */
  | { kind: 'bulk'; action: JobAction; filter: string }
  | {
      kind: 'confirm'
      title: string
      text: string
      button: string
      danger?: boolean
      onConfirm: () => Promise<unknown>
    }
  | { kind: 'clear' }
  | { kind: 'pause'; what: Pausable; name: string }
  | { kind: 'permissions'; user: UserRow }
  /** Signs that user in, once. */
  | { kind: 'link'; id: string; name: string }
  | { kind: 'palette' }
  | { kind: 'help' }

export const openedDialog = createValue<OpenedDialog | undefined>(undefined)

export function openDialog(dialog: OpenedDialog | undefined): void {
  openedDialog.set(dialog)
}
