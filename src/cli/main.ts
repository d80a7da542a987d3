#!/usr/bin/env node
// Nothing is imported before this check: an older Node could not load it, and would say so less clearly.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`offstage: Node ${process.versions.node} is too old: install Node 22.18 or newer`)
  process.exit(1)
}
// Before everything else is loaded: that is what it is for.
const { keepCompiled } = await import('./compile-cache.ts')
keepCompiled()
const { runCommandLine } = await import('./program.ts')
await runCommandLine(process.argv)

export {}
