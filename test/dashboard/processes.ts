import { readdirSync, readFileSync } from 'node:fs'

export interface SeenProcess {
  pid: number
  parent: number
  command: string
}

/** The processes of this machine (Linux) that answer the dashboard's queries, by who started them. */
export function queryProcesses(parent = process.pid): SeenProcess[] {
  return all().filter((each) => each.parent === parent && each.command.includes('process-entry'))
}

export function isAlive(pid: number): boolean {
  return all().some((each) => each.pid === pid)
}

function all(): SeenProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // Behind the name, which may hold anything: the state, then the parent. A zombie has ended.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }]
    } catch {
      return []
    }
  })
}
