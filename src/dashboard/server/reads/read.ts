import type { Store } from '../../../store/store.ts'
import type { HandlerRow } from '../../api.ts'

/** What the registry says of a handler, as plain data: reads run in another process. */
export type HandlerFacts = Pick<HandlerRow, 'class' | 'method' | 'isolation' | 'schema' | 'defaults'>

/** What is known without asking the database, and does not change while the server runs. */
export interface Facts {
  handlers: readonly HandlerFacts[]
  /** The names of the schedules in the config. */
  schedules: readonly string[]
  /** Null when there are none. */
  logs: { file: string; errorFile: string } | null
}

/** What a read works with. It changes nothing. */
export interface ReadContext {
  store: Store
  facts: Facts
}
