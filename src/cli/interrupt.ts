/** Ctrl-C, a service manager's stop, and a terminal that was closed. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/**
 * Calls `heard` for each Ctrl-C, SIGTERM and SIGHUP, with how many of that kind there were; returns how to stop.
 * While it listens, none ends the process by itself.
 */
export function onInterrupt(heard: (signal: Signal, count: number) => void): () => void {
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    let count = 0
    const listener = () => heard(signal, ++count)
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => {
    for (const stop of listeners) stop()
  }
}
