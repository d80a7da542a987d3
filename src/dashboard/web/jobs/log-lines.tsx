import { useEffect, useRef, useState } from 'react'
import type { LogEntry } from '../../api.ts'
import { Button } from '../components/button.tsx'
import { Scroller } from '../components/scroller.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { cut } from '../format/hidden.ts'
import { counted } from '../format/number.ts'
import { clockTime, exactTime } from '../format/time.ts'

export type NumberedLine = LogEntry & { number: number }

const COLOURS: Record<LogEntry['severity'], string> = {
  debug: 'text-faint',
  info: 'text-muted',
  warning: 'text-wait',
  error: 'text-bad',
}

/** Thousands of lines make a page slow: the newest are shown, the earlier ones when asked for. */
const SHOWN = 500
const LINE_MOST = 2000

export interface LogLinesProps {
  lines: readonly NumberedLine[]
  /** More may come: the end stays in view, unless somebody has scrolled up to read. */
  live?: boolean
}

/** Log lines with their numbers; each has an address of its own, as `#L12`. */
export function LogLines({ lines, live = false }: LogLinesProps) {
  const followed = useFollowedEnd(live, lines.length)
  const marked = useMarkedLine()
  const [all, setAll] = useState(marked !== undefined)
  const earlier = all ? 0 : Math.max(0, lines.length - SHOWN)
  return (
    <Scroller
      label="Log lines"
      className="max-h-96 overflow-auto bg-sunken py-2 font-mono text-xs leading-relaxed"
      {...followed}
    >
      {earlier > 0 && (
        <div className="px-3 pb-2">
          <Button size="small" onClick={() => setAll(true)}>
            Show {counted(earlier, 'earlier line')}
          </Button>
        </div>
      )}
      <ol>
        {lines.slice(earlier).map((line) => (
          <Line key={line.number} line={line} marked={line.number === marked} />
        ))}
      </ol>
    </Scroller>
  )
}

function Line({ line: { number, at, severity, text }, marked }: { line: NumberedLine; marked: boolean }) {
  const time = Date.parse(at)
  const [all, setAll] = useState(false)
  const shown = all ? text : cut(text, LINE_MOST)
  return (
    <li id={`L${number}`} className={`flex gap-3 px-3 ${marked ? 'bg-accent-soft' : 'hover:bg-hover'}`}>
      <a href={`#L${number}`} className="w-9 shrink-0 text-right text-faint hover:text-ink hover:underline">
        {number}
      </a>
      <time dateTime={at} title={exactTime(time)} className="shrink-0 text-faint max-sm:hidden">
        {clockTime(time)}
      </time>
      <span className={`w-12 shrink-0 ${COLOURS[severity]} ${severity === 'error' ? 'font-bold' : ''}`}>
        {severity === 'warning' ? 'warn' : severity}
      </span>
      <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">
        <Untrusted>{shown}</Untrusted>
        {shown.length < text.length && (
          <button type="button" onClick={() => setAll(true)} className="ml-1 font-sans text-accent hover:underline">
            … show all
          </button>
        )}
      </span>
    </li>
  )
}

/** Keeps the end in view while lines come. Only a person scrolls up: a smaller window must not end it. */
function useFollowedEnd(live: boolean, count: number) {
  const ref = useRef<HTMLElement>(null)
  const follows = useRef(true)
  const last = useRef(0)
  const onScroll = () => {
    const element = ref.current
    if (!element) return
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40
    if (atEnd) follows.current = true
    else if (element.scrollTop < last.current) follows.current = false
    last.current = element.scrollTop
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: more lines are what moves it
  useEffect(() => {
    if (live && follows.current && ref.current) ref.current.scrollTop = ref.current.scrollHeight
  }, [live, count])
  return { ref, onScroll }
}

/** The line that the address names. */
function useMarkedLine(): number | undefined {
  const [marked, setMarked] = useState(markedLine)
  useEffect(() => {
    const onChange = () => setMarked(markedLine())
    window.addEventListener('hashchange', onChange)
    if (markedLine() !== undefined) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: 'center' })
    return () => window.removeEventListener('hashchange', onChange)
  }, [])
  return marked
}

function markedLine(): number | undefined {
  const number = /^#L(\d+)$/.exec(location.hash)?.[1]
  return number === undefined ? undefined : Number(number)
}
