import { onTerminal, type Style, styled, terminalWidth } from './output.ts'

export interface Column<Row> {
  title: string
  /** The cell's text, on one line. */
  cell: (row: Row) => string
  /** On a terminal, if it should be shorter than for programs. */
  short?: (row: Row) => string
  style?: (row: Row) => Style | undefined
  align?: 'right'
  /** The one column that gives way when the terminal is too narrow. */
  flexible?: boolean
}

const GAP = '  '

/** On a terminal aligned columns under their titles that fit its width; otherwise one line a row, parted by tabs. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  if (!onTerminal) return rows.map((row) => columns.map((column) => column.cell(row)).join('\t'))
  const cells = rows.map((row) => columns.map((column) => (column.short ?? column.cell)(row)))
  const widths = fitted(
    columns,
    columns.map((column, i) => Math.max(column.title.length, ...cells.map((line) => line[i]?.length ?? 0))),
  )
  const head = columns.map((column, i) => styled('dim', pad(column, column.title, widths[i] ?? 0)))
  const body = rows.map((row, r) =>
    columns.map((column, i) => {
      const text = pad(column, cells[r]?.[i] ?? '', widths[i] ?? 0)
      const style = column.style?.(row)
      return style === undefined ? text : styled(style, text)
    }),
  )
  return [head, ...body].map((line) => line.join(GAP).trimEnd())
}

function fitted<Row>(columns: readonly Column<Row>[], widths: number[]): number[] {
  const flexible = columns.findIndex((column) => column.flexible)
  if (flexible === -1) return widths
  const over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - terminalWidth()
  return widths.map((width, i) => (i === flexible && over > 0 ? Math.max(8, width - over) : width))
}

function pad<Row>(column: Column<Row>, text: string, width: number): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text
  return column.align === 'right' ? cut.padStart(width) : cut.padEnd(width)
}
