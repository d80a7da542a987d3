import type { Handler } from '../../core/handler.ts'
import type { HandlerFacts } from './reads/read.ts'

/** Standard JSON Schema (https://standardschema.dev): what some libraries' schemas can tell of themselves. */
interface TellsJsonSchema {
  jsonSchema?: { input?: (options: { target: string }) => unknown }
}

/** What the pages are told of a handler. */
export function handlerFacts({ className, method, isolation, policy, options }: Handler): HandlerFacts {
  const { retries, priority, queue, timeoutMs = null } = policy
  return {
    class: className,
    method,
    isolation,
    schema: options.args === undefined ? null : jsonSchemaOf(options.args['~standard'] as TellsJsonSchema),
    defaults: { retries, priority, queue, timeoutMs },
  }
}

/** The JSON Schema of what an enqueue takes; null where the schema cannot say, or has parts that JSON Schema cannot. */
function jsonSchemaOf(schema: TellsJsonSchema): unknown {
  try {
    const described = schema.jsonSchema?.input?.({ target: 'draft-2020-12' })
    // As plain data: it goes to another process and then to a browser.
    return described === undefined ? null : (JSON.parse(JSON.stringify(described)) as unknown)
  } catch {
    return null
  }
}
