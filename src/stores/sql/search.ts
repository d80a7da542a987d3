import { OffstageError } from '../../core/errors.ts'
import type { JobFilter } from '../../core/filter.ts'
import type { ListRequest } from '../../store/queried.ts'
import { seek } from './conditions.ts'
import type { Database } from './database.ts'
import { keysOf, streamsOf } from './sources.ts'
import { type Found, isBefore, type Place, type Stream } from './stream.ts'

export interface Page {
  found: Found[]
  cursor: string | undefined
}

/** The keys of the jobs that are meant, from the cursor on, the newest first. */
export async function search(database: Database, request: ListRequest): Promise<Page> {
  const { limit, cursor, withinMs = Number.POSITIVE_INFINITY } = request
  const until = performance.now() + withinMs
  const sought = await seek(database, request)
  const after = cursor === undefined ? undefined : readCursor(cursor, request)
  if (sought === undefined) return { found: [], cursor: undefined }
  const streams = await streamsOf(database, sought, await keysOf(database, sought))
  const { found, reached } = await merge(streams, after, limit + 1, until)
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : reached
  return { found: page, cursor: last && writeCursor(last, sought.byEnd === true) }
}

/** What several streams have, in one order. `reached` as in a {@link Stream}'s stretch. */
async function merge(
  streams: readonly Stream[],
  after: Place | undefined,
  limit: number,
  until: number,
): Promise<{ found: Found[]; reached: Place | undefined }> {
  const open = new Map<Stream, Place | undefined>(streams.map((stream) => [stream, undefined]))
  const answer = new Map<number, Found>()
  let waiting: Found[] = []
  for (;;) {
    // Nothing that is still to come from any of them can stand before this place.
    const [next, frontier] = least(open)
    waiting.sort((a, b) => (isBefore(a, b) ? -1 : 1))
    const sure = next === undefined ? waiting : waiting.filter((each) => frontier && !isBefore(frontier, each))
    waiting = waiting.slice(sure.length)
    for (const found of sure) answer.set(found.seq, found)
    const found = [...answer.values()].slice(0, limit)
    if (next === undefined || found.length === limit) return { found, reached: undefined }
    const now = performance.now()
    if (now >= until && frontier !== undefined) return { found, reached: frontier }
    const stretch = await next.next(frontier ?? after, limit - found.length, now + (until - now) / streams.length)
    waiting.push(...stretch.found)
    if (stretch.reached === undefined) open.delete(next)
    else open.set(next, stretch.reached)
  }
}

/** The stream that has been read the least far, and how far that is. */
function least(open: ReadonlyMap<Stream, Place | undefined>): [Stream, Place | undefined] | [undefined, undefined] {
  let found: [Stream, Place | undefined] | [undefined, undefined] = [undefined, undefined]
  for (const [stream, place] of open) {
    if (place === undefined) return [stream, undefined]
    if (found[1] === undefined || isBefore(place, found[1])) found = [stream, place]
  }
  return found
}

/** It says by what the list is ordered, so that one of another list is not taken for a place in this. */
function writeCursor({ at, seq }: Place, byEnd: boolean): string {
  return byEnd ? `e${at}-${seq}` : `s${seq}`
}

function readCursor(text: string, { status }: JobFilter): Place {
  const statuses = status === undefined ? [] : [status].flat()
  const byEnd = statuses.length > 0 && !statuses.includes('pending') && !statuses.includes('running')
  const [, at, seq] = /^e(\d{1,15})-(\d{1,15})$/.exec(text) ?? []
  if (byEnd && at !== undefined) return { at: Number(at), seq: Number(seq) }
  const [, number] = /^s(\d{1,15})$/.exec(text) ?? []
  if (!byEnd && number !== undefined) return { at: 0, seq: Number(number) }
  throw new OffstageError(
    'OPTION_INVALID',
    'the cursor is of another list: use the one that the page before ended with, and the same filter',
  )
}
