import type { Events } from './events.ts'
import type { Registry } from './registry.ts'
import type { Settings } from './settings.ts'

/**
 * Where an offstage keeps the parts that its worker, its children and the command line need.
 * A registered symbol, so that two copies of the package in one process agree on it.
 */
export const ENGINE: unique symbol = Symbol.for('offstage.engine')

/** The engine's parts inside an offstage. `Store` is a parameter because core knows no store. */
export interface Engine<Store> {
  readonly registry: Registry
  readonly settings: Settings
  readonly events: Events
  /** Opens the database on the first call. @throws OffstageError CLOSED after `close`. */
  store(): Promise<Store>
}
