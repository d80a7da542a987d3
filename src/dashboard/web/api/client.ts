import type { ApiError } from '../../api.ts'
import { basePath } from '../config.ts'
import { learnClock } from '../live/clock.ts'
import { reachable } from '../live/reachable.ts'

type ErrorBody = ApiError['error']

/** A request that did not work: what the server said, or that it said nothing. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  /** 0 when there was no answer. */
  readonly httpStatus: number
  readonly body: ErrorBody

  constructor(httpStatus: number, body: ErrorBody) {
    super(body.message)
    this.httpStatus = httpStatus
    this.body = body
  }

  get code(): string {
    return this.body.code
  }
}

const LONGEST_WAIT_MS = 30_000

export type Query = Record<string, string | number | null | undefined>

/** The address of a path of the API, with what is set of a query. */
export function apiUrl(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value))
  }
  const text = parameters.toString()
  return `${basePath}/api/${path}${text === '' ? '' : `?${text}`}`
}

/** @throws ApiFailure */
export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return request('GET', apiUrl(path, query), undefined, signal)
}

/** @throws ApiFailure */
export function send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  return request(method, apiUrl(path), body)
}

async function request<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const timeout = AbortSignal.timeout(LONGEST_WAIT_MS)
  let response: Response
  try {
    response = await fetch(url, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
  } catch (error) {
    if (signal?.aborted) throw error
    reachable.set(false)
    throw new ApiFailure(0, unreachable(timeout.aborted))
  }
  learnClock(response.headers.get('date'))
  const text = await response.text()
  const json = parsed(text)
  // A proxy answers in the place of a server that is gone, with a page of its own.
  const fromProxy = [502, 503, 504].includes(response.status) && !isErrorBody(json)
  reachable.set(!fromProxy)
  if (response.ok) return json as T
  throw new ApiFailure(response.status, isErrorBody(json) ? json.error : unreadable(response))
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isErrorBody(json: unknown): json is ApiError {
  if (typeof json !== 'object' || json === null || !('error' in json)) return false
  const { error } = json
  return typeof error === 'object' && error !== null && 'message' in error
}

function unreachable(timedOut: boolean): ErrorBody {
  return {
    code: 'UNREACHABLE',
    message: timedOut
      ? `The server did not answer within ${LONGEST_WAIT_MS / 1000} s.`
      : 'The server cannot be reached: it is stopped, restarting, or the network is down.',
  }
}

function unreadable({ status, statusText }: Response): ErrorBody {
  return {
    code: 'UNREADABLE',
    message: `The server answered ${status}${statusText && ` ${statusText}`} without saying why.`,
  }
}
