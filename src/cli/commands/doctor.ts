import { resolve } from 'node:path'
import { findConfig } from '../../config/find.ts'
import { ENGINE } from '../../core/engine-symbol.ts'
import { shownDatabase } from '../../core/shown-database.ts'
import type { OffstageEngine } from '../../engine.ts'
import { checkDatabase } from '../doctor/database.ts'
import { broken, type Finding, ok, unhealthy } from '../doctor/finding.ts'
import { checkLogs } from '../doctor/place.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { print, printJson, type Style, styled } from '../output.ts'
import { configMissing, type GlobalOptions, loadOffstage } from '../session.ts'

/** Looks at everything that a worker needs, and says what is wrong and what to do. Changes nothing. */
export async function doctor(_: [], options: GlobalOptions): Promise<ExitCode> {
  const findings = [checkNode(process.versions.node), ...(await checkRest())]
  const healthy = findings.every(({ level }) => level !== 'unhealthy')
  if (options.json) printJson({ healthy, findings })
  else for (const line of shown(findings)) print(line)
  return healthy ? EXIT.ok : EXIT.unhealthy
}

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return ok('node', `Node ${version}`)
  return unhealthy('node', `Node ${version}`, 'install Node 22.18 or newer')
}

async function checkRest(): Promise<Finding[]> {
  let engine: OffstageEngine | undefined
  let url = process.env.OFFSTAGE_DATABASE
  const findings: Finding[] = []
  try {
    const path = findConfig(process.cwd(), process.env)
    if (path === undefined) throw configMissing()
    engine = (await loadOffstage(path))[ENGINE]
    const { settings, registry } = engine
    url = settings.database
    const { length } = registry.list()
    findings.push(ok('config', `${path} allows ${length} ${length === 1 ? 'method' : 'methods'}`))
    const { logs } = settings
    findings.push(
      logs === false
        ? ok('logs', 'none (logs: false)')
        : checkLogs([logs.file, logs.errorFile].map((file) => resolve(file))),
    )
  } catch (error) {
    findings.push(broken('config', error))
  }
  if (url) findings.push(...(await checkDatabase(url, engine)))
  return findings.map((finding) => ({ ...finding, message: shownDatabase(finding.message) }))
}

const STYLES: Record<Finding['level'], Style> = { ok: 'green', warning: 'yellow', unhealthy: 'red' }

function shown(findings: readonly Finding[]): string[] {
  const checks = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.map(({ check, level, message, remedy }) => {
    const head = `${styled(STYLES[level], level.padEnd(9))}  ${check.padEnd(checks)}  ${message}`
    return remedy === undefined ? head : `${head}: ${remedy}`
  })
  const bad = findings.filter(({ level }) => level === 'unhealthy').length
  const warned = findings.filter(({ level }) => level === 'warning').length
  const sum = bad > 0 ? `${bad} unhealthy` : warned > 0 ? `healthy, with ${warned} to look at` : 'healthy'
  return [...lines, '', styled(bad > 0 ? 'red' : 'green', sum)]
}
