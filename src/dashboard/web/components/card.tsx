export interface CardProps {
  title?: React.ReactNode
  /** Beside the title: numbers, links, switches. */
  aside?: React.ReactNode
  children: React.ReactNode
  className?: string
  label?: string
}

/** A surface with a hairline around it, and a heading when it has one. */
export function Card({ title, aside, children, className = '', label }: CardProps) {
  return (
    <section
      aria-label={label}
      className={`flex min-w-0 flex-col overflow-hidden rounded-xl border border-line bg-surface ${className}`}
    >
      {title && (
        <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2">
          <h2 className="font-semibold">{title}</h2>
          <div className="ml-auto flex flex-wrap items-center gap-2">{aside}</div>
        </header>
      )}
      {children}
    </section>
  )
}

/** Name and value, below each other. */
export function Fact({ name, wide = false, children }: { name: string; wide?: boolean; children: React.ReactNode }) {
  return (
    <div className={`min-w-0 ${wide ? 'col-span-2' : ''}`}>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="mt-0.5 wrap-anywhere">{children}</dd>
    </div>
  )
}
