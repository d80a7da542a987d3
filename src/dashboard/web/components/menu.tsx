import { CSPProvider } from '@base-ui/react/csp-provider'
import { Menu as Base } from '@base-ui/react/menu'
import { visibleText } from '../format/hidden.ts'
import { Icon, type IconName } from './icons.tsx'
import { toast } from './toasts.tsx'

export interface MenuEntry {
  name: string
  icon?: IconName
  danger?: boolean
  /** Why it cannot be used now. */
  reason?: string | undefined
  onSelect: () => void
}

export interface MenuProps {
  label: string
  entries: readonly MenuEntry[]
}

/** A button that opens a list of what can be done. */
export function Menu({ label, entries }: MenuProps) {
  return (
    <CSPProvider disableStyleElements>
      <Base.Root modal={false}>
        <Base.Trigger
          aria-label={visibleText(label)}
          title={visibleText(label)}
          className="grid size-7 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink data-[popup-open]:bg-hover"
        >
          <Icon name="more" />
        </Base.Trigger>
        <MenuPopup>
          {entries.map(({ name, icon, danger, reason, onSelect }) => (
            <Base.Item
              key={name}
              aria-disabled={reason !== undefined || undefined}
              title={reason}
              onClick={() => (reason === undefined ? onSelect() : toast({ tone: 'wait', text: reason }))}
              className={`menu-item ${reason === undefined ? '' : 'opacity-55'} ${danger ? 'text-bad' : ''}`}
            >
              {icon && <Icon name={icon} className="size-3.5" />}
              {name}
              {reason !== undefined && <span className="sr-only">: {reason}</span>}
            </Base.Item>
          ))}
        </MenuPopup>
      </Base.Root>
    </CSPProvider>
  )
}

export interface ChoiceMenuProps {
  label: string
  icon: IconName
  choices: readonly { value: string; name: string }[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}

/** A button that opens a list of what is to be shown; any number of them. */
export function ChoiceMenu({ label, icon, choices, chosen, onChange }: ChoiceMenuProps) {
  const toggle = (value: string, on: boolean) =>
    onChange(choices.map((choice) => choice.value).filter((each) => (each === value ? on : chosen.includes(each))))
  return (
    <CSPProvider disableStyleElements>
      <Base.Root modal={false}>
        <Base.Trigger className="inline-flex h-8 items-center gap-1.5 rounded-md border border-line-strong bg-surface px-3 text-sm font-medium hover:bg-hover">
          <Icon name={icon} className="size-3.5" /> {label}
        </Base.Trigger>
        <MenuPopup>
          {choices.map(({ value, name }) => (
            <Base.CheckboxItem
              key={value}
              checked={chosen.includes(value)}
              closeOnClick={false}
              onCheckedChange={(on) => toggle(value, on)}
              className="menu-item"
            >
              <span className="grid size-3.5 place-items-center">
                <Base.CheckboxItemIndicator>
                  <Icon name="ok" className="size-3.5" />
                </Base.CheckboxItemIndicator>
              </span>
              {name}
            </Base.CheckboxItem>
          ))}
        </MenuPopup>
      </Base.Root>
    </CSPProvider>
  )
}

function MenuPopup({ children }: { children: React.ReactNode }) {
  return (
    <Base.Portal>
      <Base.Positioner sideOffset={4} align="end" className="z-40 outline-none">
        <Base.Popup className="max-h-[70dvh] min-w-40 overflow-y-auto rounded-lg bg-raised p-1 text-sm shadow-raised outline-none">
          {children}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  )
}
