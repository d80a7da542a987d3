import { useState } from 'react'
import { cut } from '../format/hidden.ts'
import { type JsonPiece, jsonPieces } from '../format/json.ts'
import { Scroller } from './scroller.tsx'
import { ShowAll, Untrusted } from './untrusted.tsx'

const COLOURS: Record<JsonPiece['kind'], string> = {
  key: 'text-ink',
  text: 'text-good',
  word: 'text-busy',
  mark: 'text-faint',
}
const MOST = 20_000
/** Colours make many elements: past this, plain text does. */
const COLOURED_MOST = 40_000

/** A value as indented JSON; a long one is cut until all of it is asked for. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const [all, setAll] = useState(false)
  const text = JSON.stringify(value, undefined, 2) ?? 'undefined'
  const shown = all ? text : cut(text, MOST)
  return (
    <>
      <Scroller className="codeblock" label={label}>
        <pre>
          {shown.length > COLOURED_MOST ? (
            <Untrusted>{shown}</Untrusted>
          ) : (
            jsonPieces(shown).map(({ kind, text: piece }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other name, and do not move
              <span key={index} className={COLOURS[kind]}>
                <Untrusted>{piece}</Untrusted>
              </span>
            ))
          )}
        </pre>
      </Scroller>
      <ShowAll hidden={text.length - shown.length} total={text.length} onShow={() => setAll(true)} />
    </>
  )
}
