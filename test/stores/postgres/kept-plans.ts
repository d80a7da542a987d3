import type { Session } from '../../../src/stores/postgres/session.ts'

export interface Node {
  'Node Type': string
  'Parent Relationship'?: string
  'Relation Name'?: string
  'CTE Name'?: string
  Plans?: Node[]
}

/** May become large: read whole, or row by row of something else, they would take ever longer. */
export const LARGE = new Set(['job', 'ready', 'delayed', 'running', 'attempt', 'expiry', 'log'])
/** The plans that the server keeps of all that a store has asked in this connection. */
export async function keptPlans(session: Session): Promise<Map<string, Node>> {
  const query = async (text: string) => (await session.query(text, [], 10_000)).rows
  await query('set plan_cache_mode = force_generic_plan')
  const prepared = (await query('select name, cardinality(parameter_types) as count from pg_prepared_statements')) as {
    name: string
    count: number
  }[]
  const plans = new Map<string, Node>()
  for (const { name, count } of prepared) {
    const nothing = count === 0 ? '' : `(${new Array(count).fill('null').join(', ')})`
    const [row] = (await query(`explain (format json) execute ${name}${nothing}`)) as {
      'QUERY PLAN': { Plan: Node }[]
    }[]
    plans.set(name, (row as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN'][0].Plan)
  }
  return plans
}
