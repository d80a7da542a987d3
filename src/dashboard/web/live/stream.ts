/**
 * One stream of changes for all tabs. Browsers allow about six connections per host, so ten tabs with a stream each
 * would block each other: the tab that holds the lock has the stream, and tells the others by a broadcast channel.
 * A tab that is hidden gives the lock away and asks for nothing.
 */
import type { ChangeEvent } from '../../api.ts'

export type StreamState = 'connecting' | 'live' | 'broken'

export interface StreamOptions {
  url: string
  /** Names the lock and the channel: one for each place where a dashboard is mounted. */
  name: string
  onChange(change: ChangeEvent): void
  onState(state: StreamState): void
  /** The session has ended. */
  onEnd(): void
}

type Message = { kind: 'change'; change: ChangeEvent } | { kind: 'state'; state: StreamState } | { kind: 'ask' | 'end' }

const REOPEN_MS = 5000

/** Follows the stream until the returned function is called. */
export function followStream({ url, name, onChange, onState, onEnd }: StreamOptions): () => void {
  const stop = new AbortController()
  const channel = new BroadcastChannel(name)
  let source: EventSource | undefined
  let state: StreamState = 'connecting'
  let reopening: ReturnType<typeof setTimeout> | undefined

  const setState = (next: StreamState) => {
    state = next
    onState(next)
    tell({ kind: 'state', state: next })
  }
  const tell = (message: Message) => {
    if (!stop.signal.aborted) channel.postMessage(message)
  }
  const end = () => {
    tell({ kind: 'end' })
    onEnd()
  }

  const open = () => {
    source = new EventSource(url)
    source.addEventListener('open', () => setState('live'))
    source.addEventListener('change', ({ data }) => {
      const change: ChangeEvent = JSON.parse(data)
      onChange(change)
      tell({ kind: 'change', change })
    })
    source.addEventListener('end', end)
    source.addEventListener('error', () => {
      setState('broken')
      // The browser connects again by itself, except after an answer that is no stream.
      if (source?.readyState === EventSource.CLOSED) {
        clearTimeout(reopening)
        reopening = setTimeout(open, REOPEN_MS)
      }
    })
  }
  const close = () => {
    clearTimeout(reopening)
    source?.close()
    source = undefined
  }

  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.kind === 'ask') return source && tell({ kind: 'state', state })
    // Its own stream says it better, while two tabs have one each.
    if (source) return
    if (data.kind === 'change') onChange(data.change)
    else if (data.kind === 'state') onState(data.state)
    else onEnd()
  })
  tell({ kind: 'ask' })

  if ('locks' in navigator) {
    navigator.locks
      .request(name, { signal: stop.signal }, () => {
        open()
        return new Promise<void>((release) => {
          stop.signal.addEventListener('abort', () => {
            close()
            release()
          })
        })
      })
      // Stopped while it waited for its turn.
      .catch(() => undefined)
  } else {
    // Plain HTTP to another machine has no locks: a stream for each tab then.
    open()
  }

  return () => {
    close()
    stop.abort()
    channel.close()
  }
}
