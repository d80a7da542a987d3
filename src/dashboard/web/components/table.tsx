import { Scroller } from './scroller.tsx'

/** A table that scrolls in its own place when it is wider than the page. */
export function Table({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <Scroller label={label} className="relative overflow-x-auto">
      <table className="w-full border-collapse text-sm">{children}</table>
    </Scroller>
  )
}

export interface HeadProps {
  columns: readonly { name: React.ReactNode; right?: boolean; key: string; className?: string }[]
}

export function Head({ columns }: HeadProps) {
  return (
    <thead>
      <tr className="border-b border-line text-left text-xs text-muted">
        {columns.map(({ name, right, key, className = '' }) => (
          <th
            key={key}
            scope="col"
            className={`px-3 py-2 font-medium whitespace-nowrap first:pl-4 last:pr-4 ${right ? 'text-right' : ''} ${className}`}
          >
            {name}
          </th>
        ))}
      </tr>
    </thead>
  )
}

export interface RowProps {
  children: React.ReactNode
  selected?: boolean
  className?: string
}

/** A row that the keys `j` and `k` move to. */
export function Row({ children, selected = false, className = '' }: RowProps) {
  return (
    <tr
      data-row
      tabIndex={-1}
      className={`border-b border-line outline-offset-[-2px] last:border-0 hover:bg-hover ${selected ? 'bg-accent-soft' : ''} ${className}`}
    >
      {children}
    </tr>
  )
}

export interface CellProps {
  children?: React.ReactNode
  right?: boolean
  className?: string
}

export function Cell({ children, right = false, className = '' }: CellProps) {
  return <td className={`px-3 py-2 first:pl-4 last:pr-4 ${right ? 'text-right' : ''} ${className}`}>{children}</td>
}
