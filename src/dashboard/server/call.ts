import { type Identity, lacks } from './auth/identity.ts'
import type { Permission } from './auth/permissions.ts'
import { badRequest, Problem } from './problem.ts'
import { accepted } from './refuse.ts'
import { readJson } from './request-body.ts'
import type { Call, Route } from './route.ts'
import { misfitOf } from './schemas/check.ts'
import type { Schema } from './schemas/schema.ts'

/** What a body may be larger than the arguments of the largest job. */
const AROUND_ARGS_BYTES = 64 * 1_024

export type CallParts = Pick<Call, 'core' | 'request' | 'visit' | 'basePath' | 'params'> & {
  route: Route
  /** Undefined for a route that is open. */
  identity: Identity | undefined
}

/**
 * A request, once it is known who makes it: that they may, and that what they send has the form that the route asks for.
 * @throws Problem 400, 403, 413, 415
 */
export async function callOf({ route, identity, ...parts }: CallParts): Promise<Call> {
  const { access } = route
  if (identity !== undefined && typeof access === 'string' && access !== 'signed-in' && access !== 'open') {
    accepted(lacks(identity, access))
  }
  const query = queryOf(route.query, new URL(parts.request.url).searchParams)
  const none = route.bodyIsOptional === true && isEmpty(parts.request)
  const body = route.body === undefined || none ? undefined : await bodyOf(route.body, parts)
  if (identity !== undefined && typeof access === 'object') {
    // Checked by the schema: the field holds one of the names.
    const value = (body as Record<string, string>)[access.field] as string
    accepted(lacks(identity, access.by[value] as Permission))
  }
  return {
    ...parts,
    query,
    body,
    get identity(): Identity {
      if (identity === undefined) throw new Error('a route that is open has no identity')
      return identity
    },
  }
}

/** Some frameworks give a stream also where nothing was sent. */
function isEmpty({ headers }: Request): boolean {
  return (
    !headers.has('content-type') && !headers.has('transfer-encoding') && !Number(headers.get('content-length') ?? 0)
  )
}

async function bodyOf(
  schema: Schema,
  { core, request }: CallParts | Omit<CallParts, 'route' | 'identity'>,
): Promise<unknown> {
  const body = await readJson(request, core.settings.maxArgsBytes + AROUND_ARGS_BYTES)
  const misfit = misfitOf(schema, body)
  if (misfit === undefined) return body
  const { field, reason } = misfit
  throw new Problem(400, {
    code: 'INVALID',
    message: `${field || 'the body'} ${reason}`,
    field: field || 'body',
    reason,
  })
}

/** The query's texts as the values that the schema asks for. */
function queryOf(schema: Schema | undefined, parameters: URLSearchParams): Call['query'] {
  const values: Record<string, string | number | boolean> = {}
  const properties = schema?.properties ?? {}
  for (const [name, text] of parameters) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (own === undefined) throw badRequest(name.slice(0, 100), 'is not known here')
    // What is set to nothing counts as not set.
    if (text !== '') values[name] = own.type === 'integer' && /^-?\d{1,15}$/.test(text) ? Number(text) : text
  }
  const misfit = schema === undefined ? undefined : misfitOf(schema, values)
  if (misfit !== undefined) throw badRequest(misfit.field, misfit.reason)
  return values
}
