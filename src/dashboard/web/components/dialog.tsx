import { Dialog as Base } from '@base-ui/react/dialog'
import { Icon } from './icons.tsx'
import { Untrusted } from './untrusted.tsx'

export interface DialogProps {
  title: string
  /** What it is about, below the title. */
  description?: React.ReactNode
  onClose: () => void
  wide?: boolean
  children: React.ReactNode
}

/** A modal dialog: the focus stays in it and goes back where it was, Escape and a press outside close it. */
export function Dialog({ title, description, onClose, wide = false, children }: DialogProps) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Base.Viewport className="fixed inset-0 z-40 overflow-y-auto overscroll-contain p-3 sm:p-8">
          <Base.Popup
            className={`mx-auto flex w-full flex-col rounded-xl bg-raised shadow-raised outline-none sm:mt-[4vh] ${wide ? 'max-w-2xl' : 'max-w-md'} animate-[arrive_0.15s_ease-out]`}
          >
            <header className="flex items-start gap-3 px-5 pt-4 pb-1">
              <div className="min-w-0 flex-1">
                <Base.Title className="text-lg font-semibold wrap-anywhere">
                  <Untrusted>{title}</Untrusted>
                </Base.Title>
                {description && (
                  <Base.Description className="mt-0.5 text-sm text-muted">{description}</Base.Description>
                )}
              </div>
              <Base.Close
                aria-label="Close"
                className="-mr-1.5 grid size-8 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
              >
                <Icon name="close" />
              </Base.Close>
            </header>
            {children}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}

export function DialogBody({ children }: { children: React.ReactNode }) {
  return <div className="space-y-4 px-5 pt-3 pb-5">{children}</div>
}

export function DialogButtons({ children }: { children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3.5">{children}</div>
  )
}
