import { type ForkOptions, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CALLEE = fileURLToPath(new URL('./callee.ts', import.meta.url))

/**
 * Calls a function that a module exports, in a new process: nothing that was measured before has warmed up its code
 * or filled its heap. What is given and returned is plain data.
 */
export function callInProcess<Result>(
  module: string,
  name: string,
  given: unknown,
  options: ForkOptions = {},
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(CALLEE, [module, name, JSON.stringify(given)], options)
    let result: { value: Result } | undefined
    child.on('message', (value) => {
      result = { value: value as Result }
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0 && result !== undefined) resolve(result.value)
      else reject(new Error(`${name} of ${module} ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}
