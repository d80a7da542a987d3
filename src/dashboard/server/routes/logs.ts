import { badRequest } from '../problem.ts'
import type { Route } from '../route.ts'
import { described, oneOf, ref, text } from '../schemas/schema.ts'
import { query } from './schemas.ts'

const SEVERITIES = ['INFO', 'WARNING', 'ERROR']

export const logRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/logs',
    access: 'logs.read',
    summary: 'The two log files, newest line first',
    query: query({
      file: oneOf('main', 'errors'),
      severity: described(text(40), 'One or several of INFO, WARNING, ERROR, with commas between them.'),
      class: text(200),
      job: described(text(40), 'The id of a job, or how it begins.'),
      text: described(text(200), 'Anywhere in the line, whatever its case.'),
      before: described(text(60), 'From the page before.'),
    }),
    answer: ref('LogFilePage'),
    handle: async ({ core, query }) => {
      const { file = 'main', severity, ...rest } = query as Record<string, string | undefined>
      const input = { which: file as 'main' | 'errors', severities: severitiesOf(severity), ...checkBefore(rest) }
      return { bytes: await core.queries.json('logFile', input) }
    },
  },
]

function severitiesOf(list: string | undefined): string[] | undefined {
  if (list === undefined || list === '') return undefined
  const severities = list.toUpperCase().split(',')
  const unknown = severities.find((severity) => !SEVERITIES.includes(severity))
  if (unknown !== undefined) throw badRequest('severity', `is ${unknown}: use ${SEVERITIES.join(', ')}`)
  return severities
}

function checkBefore(rest: Record<string, string | undefined>): Record<string, string | undefined> {
  const { before } = rest
  if (before !== undefined && !/^\d+:(\d+|end)$/.test(before)) throw badRequest('before', 'is not from a page before')
  return rest
}
