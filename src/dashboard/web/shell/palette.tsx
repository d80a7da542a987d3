import { Dialog as Base } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useLocation } from 'wouter'
import { useMe } from '../access.ts'
import { handlersQuery, queuesQuery, schedulesQuery } from '../api/queries.ts'
import { Icon } from '../components/icons.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { useValue } from '../live/value.ts'
import { nextTheme, setTheme, theme } from '../theme/theme.ts'
import { useSignOut } from './account.tsx'
import { type Command, commandsFor, matching } from './commands.ts'
import { openDialog } from './opened-dialog.ts'
import { placesFor } from './sidebar.tsx'

/** Everything that can be gone to or done, by typing a part of its name; an id or a filter leads to its jobs. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const me = useMe()
  const [, navigate] = useLocation()
  const leave = useSignOut()
  const current = useValue(theme)
  const handlers = useQuery({ ...handlersQuery('24h'), staleTime: 60_000 }).data?.handlers ?? []
  const queues = useQuery({ ...queuesQuery, staleTime: 60_000 }).data?.queues ?? []
  const schedules = useQuery({ ...schedulesQuery, staleTime: 60_000 }).data?.schedules ?? []
  const places = me ? placesFor(me) : []
  const commands = commandsFor({ places, handlers, queues, schedules, me, nextTheme: nextTheme(current) })
  const found = matching(commands, text)
  const chosen = found[Math.min(at, found.length - 1)]

  const run = (command: Command | undefined) => {
    if (!command) return
    onClose()
    if (command.href !== undefined) navigate(command.href)
    else if (command.opens) openDialog(command.opens)
    else if (command.does === 'sign-out') leave()
    else if (command.does === 'switch-theme') setTheme(nextTheme(current))
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setAt(Math.min(found.length - 1, Math.max(0, at + step)))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      run(chosen)
    }
  }

  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Base.Viewport className="fixed inset-0 z-40 p-3 sm:pt-[12vh]">
          <Base.Popup className="mx-auto flex max-h-[70dvh] w-full max-w-xl flex-col overflow-hidden rounded-xl bg-raised shadow-raised outline-none">
            <Base.Title className="sr-only">Search and commands</Base.Title>
            <div className="flex items-center gap-2.5 border-b border-line px-4">
              <Icon name="search" className="size-4 text-muted" />
              <input
                role="combobox"
                aria-label="Search and commands"
                aria-expanded="true"
                aria-controls={`${id}-list`}
                aria-activedescendant={chosen && `${id}-${found.indexOf(chosen)}`}
                value={text}
                placeholder="A page, a handler, a queue, a schedule, a job's id, a filter…"
                spellCheck={false}
                autoComplete="off"
                onChange={(event) => {
                  setText(event.target.value)
                  setAt(0)
                }}
                onKeyDown={onKeyDown}
                className="h-12 min-w-0 flex-1 bg-transparent outline-none"
              />
              <kbd className="key">Esc</kbd>
            </div>
            <div id={`${id}-list`} role="listbox" aria-label="Results" className="min-h-0 overflow-y-auto p-1.5">
              {found.map((command, index) => (
                <Option
                  key={`${command.group} ${command.name}`}
                  id={`${id}-${index}`}
                  command={command}
                  chosen={command === chosen}
                  onRun={() => run(command)}
                />
              ))}
            </div>
            {found.length === 0 && <p className="px-4 pb-4 text-sm text-muted">Nothing is called so.</p>}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}

interface OptionProps {
  id: string
  command: Command
  chosen: boolean
  onRun: () => void
}

function Option({ id, command, chosen, onRun }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input, which names the chosen one
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      ref={(element) => {
        if (chosen) element?.scrollIntoView({ block: 'nearest' })
      }}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onRun}
      className="flex cursor-default items-center gap-3 rounded-lg px-2.5 py-1.5 text-sm hover:bg-hover aria-selected:bg-accent-soft"
    >
      <Icon name={command.icon} className="size-4 text-muted" />
      <span className="min-w-0 flex-1 truncate">
        <Untrusted>{command.name}</Untrusted>
      </span>
      <span className="text-xs text-muted">{command.group}</span>
    </div>
  )
}
