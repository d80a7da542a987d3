import { type Access, ROUTE_ROOT, type Route } from './route.ts'
import { ADMIN_SCHEMAS } from './schemas/admin.ts'
import { ENGINE_SCHEMAS } from './schemas/engine.ts'
import { JOB_SCHEMAS } from './schemas/jobs.ts'
import { SCHEDULE_SCHEMAS } from './schemas/schedules.ts'
import { ref, type Schema } from './schemas/schema.ts'

const ERROR = { content: { 'application/json': { schema: ref('ApiError') } } }

/** The OpenAPI document of the API, made of the table that the server itself goes by. */
export function openApiDocument(routes: readonly Route[], version: string, basePath: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = `${ROUTE_ROOT}${route.path.replaceAll(/:(\w+)/g, '{$1}')}`
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Offstage',
      version,
      description: 'What the dashboard reads and does. Times are ISO 8601 in UTC, durations milliseconds in `…Ms`.',
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths,
    components: {
      schemas: { ...JOB_SCHEMAS, ...ENGINE_SCHEMAS, ...SCHEDULE_SCHEMAS, ...ADMIN_SCHEMAS },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'offstage', description: 'Set by signing in.' },
        token: { type: 'http', scheme: 'bearer', description: 'An API token, `offstage_…`.' },
      },
    },
  }
}

function operation(route: Route): unknown {
  const { method, path, access, summary, query, body, bodyIsOptional, status = 200 } = route
  const open = access === 'open'
  const failures = [...(query || body ? [400] : []), ...(open ? [] : [401, 403]), ...(path.includes(':') ? [404] : [])]
  return {
    operationId: operationId(method, path),
    summary,
    security: open ? [] : [{ session: [] }, { token: [] }],
    'x-permission': permissionText(access),
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: bodyIsOptional !== true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [status]: { description: 'Done.', content: contentOf(route) },
      ...Object.fromEntries(failures.map((code) => [code, { description: FAILURES[code], ...ERROR }])),
      default: { description: 'It could not be done.', ...ERROR },
    },
  }
}

const FAILURES: Readonly<Record<number, string>> = {
  400: 'Something in the request is wrong: `field` and `reason` say what.',
  401: 'Nobody is signed in.',
  403: 'Not allowed: `permission` says what is missing.',
  404: 'There is no such thing.',
}

function contentOf({ answer }: Route): unknown {
  if (typeof answer !== 'string') return { 'application/json': { schema: answer } }
  // What stands behind `data:` of each event.
  const events = answer === 'text/event-stream' ? { 'x-event-data': ref('ChangeEvent') } : {}
  return { [answer]: { schema: { type: 'string' }, ...events } }
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(query: Schema | undefined): unknown[] {
  return Object.entries(query?.properties ?? {}).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: query?.required?.includes(name) ?? false,
    ...(description === undefined ? {} : { description }),
    schema,
  }))
}

/** `GET /jobs/:id/log.txt` → `getJobsIdLogTxt`. */
function operationId(method: string, path: string): string {
  const words = path.split(/\W+/).filter((word) => word !== '')
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

function permissionText(access: Access): string {
  if (typeof access === 'string') return access
  return Object.entries(access.by)
    .map(([value, permission]) => `${permission} for ${access.field} ${value}`)
    .join(', ')
}
