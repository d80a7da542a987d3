import { PLACES } from '../pages/routes.ts'
import { nextTheme, setTheme, theme } from '../theme/theme.ts'
import { openDialog, openedDialog } from './opened-dialog.ts'

/** What the help shows. */
export const SHORTCUTS: readonly { keys: string; does: string }[] = [
  { keys: 'Ctrl K', does: 'search, and every command' },
  { keys: '/', does: 'filter what is shown' },
  { keys: 'j', does: 'next row' },
  { keys: 'k', does: 'row before' },
  { keys: 'Enter', does: 'open the row' },
  { keys: 'x', does: 'select the row' },
  { keys: 'e', does: 'enqueue a job' },
  { keys: 't', does: 'switch the theme' },
  { keys: 'Esc', does: 'close, or leave the filter' },
  { keys: '?', does: 'this help' },
  ...PLACES.map(({ key, name }) => ({ keys: `g ${key}`, does: `go to ${name}` })),
]

/** A second key counts as belonging to the `g` before it for so long. */
const SEQUENCE_MS = 1200

/** Follows the keyboard until the returned function is called. */
export function listenToKeys(navigate: (path: string) => void): () => void {
  let goingSince = 0
  const onKey = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      return openDialog({ kind: 'palette' })
    }
    if (event.ctrlKey || event.metaKey || event.altKey || openedDialog.get() || isTyping(event)) return
    const going = Date.now() - goingSince < SEQUENCE_MS
    goingSince = 0
    if (going) {
      const place = PLACES.find(({ key }) => key === event.key)
      if (place) {
        event.preventDefault()
        navigate(place.path)
      }
      return
    }
    if (event.key === 'g') {
      goingSince = Date.now()
      return
    }
    if (act(event.key)) event.preventDefault()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

/** True when the key meant something. */
function act(key: string): boolean {
  switch (key) {
    case '/':
      return focus(document.querySelector<HTMLElement>('[data-filter]'))
    case '?':
      openDialog({ kind: 'help' })
      return true
    case 'e':
      openDialog({ kind: 'enqueue' })
      return true
    case 't':
      setTheme(nextTheme(theme.get()))
      return true
    case 'j':
      return moveRow(1)
    case 'k':
      return moveRow(-1)
    case 'x':
      return click(currentRow()?.querySelector<HTMLElement>('[data-select]'))
    case 'Enter':
      return document.activeElement === currentRow() && click(currentRow()?.querySelector<HTMLElement>('[data-open]'))
    default:
      return false
  }
}

function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type)
  return target.isContentEditable || target.matches('textarea, select, [role="menu"] *, [role="menu"]')
}

/** Every list marks its rows: the keys need to know nothing else of it. */
function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.offsetParent !== null)
}

function currentRow(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-row]') ?? null
}

function moveRow(step: 1 | -1): boolean {
  const all = rows()
  const current = currentRow()
  const at = current ? all.indexOf(current) : -1
  const next = current ? all[Math.min(all.length - 1, Math.max(0, at + step))] : all[0]
  return focus(next)
}

function focus(element: HTMLElement | null | undefined): boolean {
  if (!element) return false
  element.focus()
  element.scrollIntoView({ block: 'nearest' })
  return true
}

function click(element: HTMLElement | null | undefined): boolean {
  element?.click()
  return element !== null && element !== undefined
}
