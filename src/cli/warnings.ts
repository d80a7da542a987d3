import { note } from './output.ts'

/** What the library warns of is told as all else is told here; other warnings as Node tells them. */
export function tellWarnings(): void {
  const others = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'OffstageWarning') note(warning.message)
    else for (const tell of others) tell(warning)
  })
}
