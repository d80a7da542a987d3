// The peers are installed when the benchmark runs, not before: checks must pass without them.
declare module 'plainjob'
declare module 'better-sqlite3'
declare module 'graphile-worker' {
  export class Logger {
    constructor(factory: () => () => void)
  }
  interface Where {
    connectionString: string
    schema: string
    logger: Logger
  }
  export interface RunnerOptions {
    concurrency?: number
    preset?: object
  }
  export function makeWorkerUtils(where: Where): Promise<{
    migrate(): Promise<void>
    addJob(task: string, payload: object): Promise<unknown>
    addJobs(jobs: { identifier: string; payload: object }[]): Promise<unknown>
    release(): Promise<void>
  }>
  export function run(
    options: Where &
      RunnerOptions & { noHandleSignals: boolean; taskList: Record<string, (payload: unknown) => Promise<void>> },
  ): Promise<{ stop(): Promise<void> }>
}
declare module 'pg-boss' {
  export class PgBoss {
    constructor(options: object)
    on(event: 'error', listener: () => void): void
    start(): Promise<unknown>
    stop(options: object): Promise<void>
    createQueue(name: string): Promise<void>
    send(name: string, data: object): Promise<string | null>
    insert(name: string, jobs: { data: object }[]): Promise<unknown>
    fetch<Data>(name: string, options: { batchSize: number }): Promise<{ id: string; data: Data }[]>
    complete(name: string, ids: string[]): Promise<unknown>
  }
}
declare module 'bullmq' {
  export class Queue {
    constructor(name: string, options: object, backend?: unknown)
    waitUntilReady(): Promise<unknown>
    add(name: string, data: object): Promise<unknown>
    addBulk(jobs: { name: string; data: object }[]): Promise<unknown>
    obliterate(options: object): Promise<void>
    close(): Promise<void>
  }
  export class Worker {
    constructor(name: string, run: (job: { data: unknown }) => Promise<void>, options: object, backend?: unknown)
    on(event: 'error', listener: () => void): void
    close(): Promise<void>
  }
  export const createPostgresBackend: unknown
}
declare module 'sidequest' {
  export class Job {}
  export const Sidequest: {
    configure(options: object): Promise<unknown>
    start(options: object): Promise<unknown>
    stop(): Promise<unknown>
    build(job: unknown): { enqueue(data: object): Promise<unknown> }
  }
}
