export type Signal = 'SIGINT' | 'SIGTERM'

/**
 * Calls `heard` for each Ctrl-C and each SIGTERM, with how many of that kind there were; returns how to stop.
 * While it listens, neither ends the process by itself.
 */
export function onInterrupt(heard: (signal: Signal, count: number) => void): () => void {
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    let count = 0
    const listener = () => heard(signal, ++count)
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  return () => {
    for (const stop of listeners) stop()
  }
}
