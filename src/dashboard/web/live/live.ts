import type { ChangeEvent, StatusCounts } from '../../api.ts'
import { ApiFailure, apiUrl, get } from '../api/client.ts'
import { basePath } from '../config.ts'
import { reachable } from './reachable.ts'
import { followStream, type StreamState } from './stream.ts'
import { createValue } from './value.ts'

/**
 * `live`: changes are told as they happen. `polling`: there is no stream, so everything is looked at every few seconds.
 * `away`: the server does not answer. `hidden`: nobody looks.
 */
export type LiveState = 'connecting' | 'live' | 'polling' | 'away' | 'hidden'

/** What is looked at again: topics of {@link ChangeEvent}, or everything. */
export type Changed = 'everything' | readonly string[]

export const liveState = createValue<LiveState>('connecting')
/** The counts of all jobs as the last change told them. */
export const liveCounts = createValue<StatusCounts | undefined>(undefined)

export const POLL_MS = 5000
const PROBE_MS = 2000
const AT_MOST_EVERY_MS = 1000

/** Keeps the page in step with the server until the returned function is called. */
export function startLive(onChanged: (changed: Changed) => void, onSignedOut: () => void): () => void {
  let stream: StreamState = 'connecting'
  let stopStream: (() => void) | undefined
  const report = throttled(onChanged)

  const show = () => {
    if (document.visibilityState === 'hidden') liveState.set('hidden')
    else if (!reachable.get()) liveState.set('away')
    else liveState.set(stream === 'broken' ? 'polling' : stream)
  }
  const onState = (next: StreamState) => {
    stream = next
    show()
    // A stream that broke is often the first to know that the server is gone.
    if (next === 'broken') probe(onSignedOut)
  }
  const onChange = ({ changed, counts }: ChangeEvent) => {
    liveCounts.set(counts)
    if (changed.length > 0) report(changed)
  }
  const follow = () => {
    stopStream?.()
    stopStream = undefined
    if (document.visibilityState === 'hidden') return show()
    const name = `offstage-live:${basePath}`
    stopStream = followStream({ url: apiUrl('events'), name, onChange, onState, onEnd: onSignedOut })
    show()
  }
  const onVisibility = () => {
    follow()
    if (document.visibilityState === 'visible') report('everything')
  }
  const onReachable = () => {
    show()
    if (reachable.get()) report('everything')
  }
  const poll = setInterval(() => liveState.get() === 'polling' && report('everything'), POLL_MS)
  const probing = setInterval(() => liveState.get() === 'away' && probe(onSignedOut), PROBE_MS)

  follow()
  document.addEventListener('visibilitychange', onVisibility)
  const unsubscribe = reachable.subscribe(onReachable)
  return () => {
    stopStream?.()
    report.cancel()
    clearInterval(poll)
    clearInterval(probing)
    document.removeEventListener('visibilitychange', onVisibility)
    unsubscribe()
  }
}

/** Asks for something small: the client notes whether there was an answer. */
function probe(onSignedOut: () => void): void {
  get('me').catch((error) => {
    if (error instanceof ApiFailure && error.httpStatus === 401) onSignedOut()
  })
}

/** At most one call a second, for all that came meanwhile. */
function throttled(call: (changed: Changed) => void) {
  let pending: Set<string> | 'everything' | undefined
  let last = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = () => {
    timer = undefined
    last = Date.now()
    const changed = pending
    pending = undefined
    if (changed) call(changed === 'everything' ? changed : [...changed])
  }
  const report = (changed: Changed) => {
    if (changed === 'everything' || pending === 'everything') pending = 'everything'
    else pending = new Set([...(pending ?? []), ...changed])
    timer ??= setTimeout(flush, Math.max(0, last + AT_MOST_EVERY_MS - Date.now()))
  }
  report.cancel = () => clearTimeout(timer)
  return report
}
