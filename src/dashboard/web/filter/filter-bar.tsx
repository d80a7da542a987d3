import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { handlersQuery, queuesQuery, workersQuery } from '../api/queries.ts'
import { Icon } from '../components/icons.tsx'
import { Untrusted } from '../components/untrusted.tsx'
import { accept, complete, type Vocabulary } from './complete.ts'

export interface FilterBarProps {
  value: string
  onChange: (filter: string) => void
  /** What the server says is wrong with it. */
  error?: string | undefined
}

/** The filter as text, with what could be typed next below it. It holds when Enter is pressed or it is left. */
export function FilterBar({ value, onChange, error }: FilterBarProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  const [caret, setCaret] = useState(value.length)
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const vocabulary = useVocabulary(open)
  useEffect(() => setText(value), [value])

  const completion = complete(text, caret, vocabulary)
  const { suggestions } = completion
  const shown = open && suggestions.length > 0

  const commit = (next = text) => {
    setOpen(false)
    if (next.trim() !== value) onChange(next.trim())
  }
  const take = (chosen: string) => {
    const next = accept(text, completion, chosen)
    setText(next.text)
    setCaret(next.caret)
    setAt(-1)
    input.current?.focus()
    // The caret can be put only where the text has arrived.
    requestAnimationFrame(() => input.current?.setSelectionRange(next.caret, next.caret))
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const chosen = shown ? suggestions[at] : undefined
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) return setOpen(true)
      const step = event.key === 'ArrowDown' ? 1 : -1
      setAt(Math.min(suggestions.length - 1, Math.max(-1, at + step)))
    } else if (event.key === 'Tab' && shown && !event.shiftKey && text.trim() !== value) {
      const first = chosen ?? suggestions[0]
      if (!first) return
      event.preventDefault()
      take(first.text)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (chosen) take(chosen.text)
      else commit()
    } else if (event.key === 'Escape') {
      if (shown) return setOpen(false)
      setText(value)
      input.current?.blur()
    }
  }

  return (
    <div className="relative min-w-0 flex-1 basis-80">
      <Icon name="filter" className="pointer-events-none absolute top-2.5 left-2.5 size-3.5 text-muted" />
      <input
        ref={input}
        data-filter
        role="combobox"
        aria-label="Filter"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && at >= 0 ? `${id}-${at}` : undefined}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        value={text}
        placeholder="status:failed class:ReportJob args.user.id:42 since:1h"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        className="h-8.5 w-full rounded-md border border-line-field bg-surface pr-8 pl-8 font-mono text-xs aria-[invalid=true]:border-bad"
        onChange={(event) => {
          setText(event.target.value)
          setCaret(event.target.selectionStart ?? event.target.value.length)
          setAt(-1)
          setOpen(true)
        }}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
        onFocus={() => setOpen(true)}
        onBlur={() => commit()}
        onKeyDown={onKeyDown}
      />
      {text !== '' && (
        <button
          type="button"
          aria-label="Clear the filter"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => {
            setText('')
            commit('')
          }}
          className="absolute top-1.5 right-1.5 grid size-5.5 place-items-center rounded text-faint hover:bg-hover hover:text-ink"
        >
          <Icon name="close" className="size-3.5" />
        </button>
      )}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="Suggestions"
        hidden={!shown}
        className="absolute inset-x-0 top-full z-30 mt-1 max-w-xl rounded-lg bg-raised p-1 text-sm shadow-raised"
      >
        {suggestions.map((suggestion, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input, which names the chosen one
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's
          <div
            key={suggestion.text}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion.text)}
            className="flex cursor-default items-baseline gap-3 rounded-md px-2.5 py-1 hover:bg-hover aria-selected:bg-accent-soft"
          >
            <span className="font-mono text-xs font-semibold">
              <Untrusted>{suggestion.text}</Untrusted>
            </span>
            <span className="truncate text-xs text-muted">{suggestion.about}</span>
          </div>
        ))}
      </div>
      {error !== undefined && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-xs wrap-anywhere text-bad">
          <Untrusted>{error}</Untrusted>
        </p>
      )}
    </div>
  )
}

/** What could be filtered by; asked for when somebody begins to type. */
function useVocabulary(enabled: boolean): Vocabulary {
  const handlers = useQuery({ ...handlersQuery('24h'), enabled, staleTime: 60_000 }).data?.handlers ?? []
  const queues = useQuery({ ...queuesQuery, enabled, staleTime: 60_000 }).data?.queues ?? []
  const workers = useQuery({ ...workersQuery, enabled, staleTime: 60_000 }).data?.workers ?? []
  return {
    classes: [...new Set(handlers.map((handler) => handler.class))],
    methods: [...new Set(handlers.map((handler) => handler.method))],
    queues: queues.map(({ name }) => name),
    workers: workers.map(({ id }) => id),
  }
}
