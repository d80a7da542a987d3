import { useId } from 'react'
import { Icon, type IconName } from './icons.tsx'
import { toast } from './toasts.tsx'

const LOOKS = {
  primary: 'bg-ink text-invert border-transparent hover:opacity-88',
  plain: 'bg-surface border-line-strong text-ink hover:bg-hover',
  ghost: 'border-transparent text-muted hover:bg-hover hover:text-ink',
  danger: 'bg-bad-strong text-white border-transparent hover:opacity-90',
} as const

export interface ButtonProps {
  look?: keyof typeof LOOKS
  size?: 'small' | 'normal'
  icon?: IconName
  /** Needed where there is no text. */
  label?: string
  /** Why it cannot be used now. It stays visible, and says so to whoever tries. */
  reason?: string | undefined
  busy?: boolean
  type?: 'button' | 'submit'
  pressed?: boolean
  onClick?: React.MouseEventHandler<HTMLButtonElement>
  children?: React.ReactNode
  className?: string
  ref?: React.Ref<HTMLButtonElement>
}

/** A button. Without a word in it, it is square; with a `reason` it stays, greyed, and tells it. */
export function Button(props: ButtonProps) {
  const { look = 'plain', size = 'normal', icon, label, reason, busy, pressed, onClick, children, ...rest } = props
  const reasonId = useId()
  const off = reason !== undefined || busy === true
  const room = children === undefined ? '' : size === 'small' ? 'px-2' : 'px-3'
  const height = size === 'small' ? 'h-7 text-xs' : 'h-8 text-sm'
  const width = children === undefined ? (size === 'small' ? 'w-7' : 'w-8') : ''
  return (
    <button
      {...rest}
      type={rest.type ?? 'button'}
      aria-label={label}
      title={reason ?? label}
      aria-disabled={off || undefined}
      aria-describedby={reason === undefined ? undefined : reasonId}
      aria-pressed={pressed}
      onClick={(event) => {
        if (!off) return onClick?.(event)
        event.preventDefault()
        if (reason !== undefined) toast({ tone: 'wait', text: reason })
      }}
      className={`inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors ${height} ${room} ${width} ${LOOKS[look]} ${reason === undefined ? '' : 'opacity-55'} ${rest.className ?? ''}`}
    >
      {busy ? (
        <Icon name="running" className="size-3.5 animate-[turn_1s_linear_infinite]" />
      ) : (
        icon && <Icon name={icon} className="size-3.5" />
      )}
      {children}
      {reason !== undefined && (
        <span id={reasonId} className="sr-only">
          {reason}
        </span>
      )}
    </button>
  )
}
