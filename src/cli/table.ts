import { oneLine } from '../logs/one-line.ts'
import { ELLIPSIS, onTerminal, type Style, styled, terminalWidth } from './output.ts'

export interface Column<Row> {
  title: string
  /** The cell's text; what is not printable in it is escaped. */
  cell: (row: Row) => string
  /** On a terminal, if it should be shorter than for programs. */
  short?: (row: Row) => string
  style?: (row: Row) => Style | undefined
  align?: 'right'
  /** The one column that gives way when the terminal is too narrow. */
  flexible?: boolean
  /** Left out when the terminal is too narrow for all; the last one first. */
  optional?: boolean
}

const GAP = '  '

/** What the flexible column is given before optional ones are left out for it. */
const ROOM = 24
/** With less than this, it would say nothing. */
const LEAST = 8

/** On a terminal aligned columns under their titles that fit its width; otherwise one line a row, parted by tabs. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  if (!onTerminal) return rows.map((row) => columns.map((column) => printable(column.cell(row))).join('\t'))
  return fitted(columns.map((column) => measured(column, rows)))
}

/** Reasons and names are what people wrote, anywhere: they are not to drive this terminal. */
function printable(text: string): string {
  return oneLine(text, 10_000)
}

interface Measured<Row> {
  column: Column<Row>
  cells: string[]
  styles: (Style | undefined)[]
  width: number
}

function measured<Row>(column: Column<Row>, rows: readonly Row[]): Measured<Row> {
  const cells = [column.title, ...rows.map((row) => printable((column.short ?? column.cell)(row)))]
  const styles = ['dim' as const, ...rows.map((row) => column.style?.(row))]
  return { column, cells, styles, width: Math.max(...cells.map((cell) => cell.length)) }
}

function fitted<Row>(columns: Measured<Row>[]): string[] {
  const over = columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - terminalWidth()
  const flexible = columns.find(({ column }) => column.flexible)
  if (over > 0 && flexible !== undefined) {
    const left = columns.findLast(({ column }) => column.optional)
    if (flexible.width - over < Math.min(ROOM, flexible.width) && left !== undefined) {
      return fitted(columns.filter((column) => column !== left))
    }
    if (flexible.width - over < LEAST) return stacked(columns)
    flexible.width -= over
  }
  const lines = columns[0]?.cells.keys() ?? []
  return [...lines].map((line) =>
    columns
      .map(({ column, cells, styles, width }) => {
        const text = pad(column, cells[line] ?? '', width)
        const style = styles[line]
        return style === undefined ? text : styled(style, text)
      })
      .join(GAP)
      .trimEnd(),
  )
}

/** Too narrow for columns: the cells of a row follow each other, on as many lines as they need. */
function stacked<Row>(columns: Measured<Row>[]): string[] {
  const [, ...rows] = columns[0]?.cells.keys() ?? []
  return rows.flatMap((row) => {
    const lines: string[] = []
    let room = 0
    for (const { cells, styles } of columns) {
      const cell = cells[row] ?? ''
      const style = styles[row]
      const text = style === undefined ? cell : styled(style, cell)
      room -= GAP.length + cell.length
      if (room >= 0) lines.push(`${lines.pop()}${GAP}${text}`)
      else {
        lines.push(`${lines.length === 0 ? '' : GAP}${text}`)
        room = terminalWidth() - (lines.length === 1 ? 0 : GAP.length) - cell.length
      }
    }
    return lines
  })
}

function pad<Row>(column: Column<Row>, text: string, width: number): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - ELLIPSIS.length))}${ELLIPSIS}` : text
  return column.align === 'right' ? cut.padStart(width) : cut.padEnd(width)
}
