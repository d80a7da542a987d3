export interface ScrollerProps {
  label: string
  className: string
  children: React.ReactNode
  ref?: React.Ref<HTMLElement>
  onScroll?: () => void
}

/** Something that scrolls in its own place. The keyboard must be able to reach it, to scroll it. */
export function Scroller({ label, className, children, ...rest }: ScrollerProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section {...rest} tabIndex={0} aria-label={label} className={`outline-offset-[-2px] ${className}`}>
      {children}
    </section>
  )
}
