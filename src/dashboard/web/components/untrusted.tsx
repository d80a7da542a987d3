import { useState } from 'react'
import { cut, firstLine, type Piece, pieces } from '../format/hidden.ts'
import { bytesText } from '../format/number.ts'
import { Scroller } from './scroller.tsx'

/** What a job wrote, with its hidden characters shown by name. It cannot turn the direction of what stands around it. */
export function Untrusted({ children }: { children: string }) {
  return <bdi>{pieces(children).map(piece)}</bdi>
}

function piece(each: Piece, index: number) {
  if ('text' in each) return each.text
  return (
    <span key={index} className="hidden-character" title={`${each.code}: a character that cannot be seen`}>
      {each.name}
    </span>
  )
}

/** The first line, for rows: whatever does not fit is cut by the width, and by `most`. */
export function UntrustedLine({ text, most = 300 }: { text: string; most?: number }) {
  return <Untrusted>{firstLine(text, most)}</Untrusted>
}

const BLOCK_MOST = 20_000

/** A long text: the beginning, and all of it when asked for. */
export function UntrustedBlock({ text, label, most = BLOCK_MOST }: { text: string; label: string; most?: number }) {
  const [all, setAll] = useState(false)
  const shown = all ? text : cut(text, most)
  return (
    <>
      <Scroller className="codeblock" label={label}>
        <pre>
          <Untrusted>{shown}</Untrusted>
        </pre>
      </Scroller>
      <ShowAll hidden={text.length - shown.length} total={text.length} onShow={() => setAll(true)} />
    </>
  )
}

export function ShowAll({ hidden, total, onShow }: { hidden: number; total: number; onShow: () => void }) {
  if (hidden <= 0) return null
  return (
    <button type="button" onClick={onShow} className="mt-1.5 text-xs font-medium text-accent hover:underline">
      Show all ({bytesText(total)})
    </button>
  )
}
