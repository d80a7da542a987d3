import { OffstageError } from '../core/errors.ts'
import type { Isolation } from '../core/handler.ts'
import type { Registry } from '../core/registry.ts'
import type { Attempt } from './attempt.ts'
import { Lane } from './lane.ts'
import { createInlineRuntime } from './runtime/inline.ts'
import { createProcessRuntime } from './runtime/process.ts'
import type { Runtime } from './runtime/runtime.ts'
import { createThreadRuntime } from './runtime/thread.ts'

export interface LanesOptions {
  registry: Registry
  concurrency: Readonly<Record<Isolation, number>>
  configPath: string | undefined
  start: (attempt: Attempt, lane: Lane) => void
  /** A child cannot be started, or cannot load the config module. */
  onBroken: (error: OffstageError) => void
}

/** How long a lane whose children cannot be started claims nothing. */
const BROKEN_PAUSE_MS = 1_000

/** A lane for each kind of isolation that a handler asks for. @throws OffstageError ISOLATION_NEEDS_CONFIG. */
export function createLanes(options: LanesOptions): Lane[] {
  const { registry, concurrency, start } = options
  const handlers = registry.list()
  const kinds = new Set<Isolation>(handlers.map(({ isolation }) => isolation))
  // With nothing allowed there is still somebody to say so of the jobs that are stored.
  if (kinds.size === 0) kinds.add('inline')
  return [...kinds].map((isolation) => {
    const except = handlers.filter((handler) => handler.isolation !== isolation)
    const lane: Lane = new Lane({
      isolation,
      capacity: concurrency[isolation],
      except: except.map(({ className, method }) => `${className}.${method}`),
      runtime: createRuntime(isolation, options, () => lane.pause(BROKEN_PAUSE_MS)),
      start,
    })
    return lane
  })
}

function createRuntime(isolation: Isolation, options: LanesOptions, pause: () => void): Runtime {
  const { registry, configPath, concurrency, onBroken } = options
  if (isolation === 'inline') return createInlineRuntime({ registry })
  if (configPath === undefined) {
    const { className, method } = registry.list().find((handler) => handler.isolation === isolation) ?? {}
    throw new OffstageError(
      'ISOLATION_NEEDS_CONFIG',
      `${className}.${method} runs in a ${isolation}, which needs a config module to load its handlers from: ` +
        "put defineOffstage into offstage.config.ts, name it with OFFSTAGE_CONFIG, or set isolation: 'inline'",
    )
  }
  const children = {
    configPath,
    registry,
    size: concurrency[isolation],
    onBroken: (error: OffstageError) => {
      pause()
      onBroken(error)
    },
  }
  return isolation === 'process' ? createProcessRuntime(children) : createThreadRuntime(children)
}

/** The handlers of one kind of isolation, as `Class.method`. */
export function handlersOf(registry: Registry, isolation: Isolation): string[] {
  const handlers = registry.list().filter((handler) => handler.isolation === isolation)
  return handlers.map(({ className, method }) => `${className}.${method}`)
}
