/** The HTTP API's types of what is administered: the audit log, bulk operations, users, settings. */
import type { Role } from '../store/access.ts'
import type { Count, JobAction, JobRow } from './api.ts'

export interface Activity {
  entries: {
    seq: number
    at: string
    actor: string
    actorName: string
    action: string
    target: string
    detail: unknown
    address: string
    result: string
  }[]
  before: number | null
}

export interface OperationView {
  id: string
  action: JobAction | 'clear'
  filter: string
  pace: number | null
  total: number | null
  done: number
  skipped: number
  state: 'running' | 'done' | 'aborted' | 'failed'
  actorName: string
  startedAt: string
  updatedAt: string
  finishedAt: string | null
  error: string | null
}
export interface OperationPreview {
  matching: Count
  /** As in `offstage jobs retry status:failed error:9f3a`. */
  cli: string
  sample: JobRow[]
}

export interface UserRow {
  id: string
  email: string
  name: string
  role: Role
  permissions: string[] | null
  createdAt: string
  disabledAt: string | null
  hasPassword: boolean
}
export interface InvitationRow {
  hash: string
  email: string
  role: Role
  createdAt: string
  expiresAt: string
}
export interface SessionRow {
  id: string
  userId: string
  userName: string
  current: boolean
  createdAt: string
  seenAt: string
  expiresAt: string
  address: string
  agent: string
}
export interface TokenRow {
  id: string
  userId: string
  userName: string
  name: string
  scopes: string[]
  createdAt: string
  expiresAt: string | null
  seenAt: string | null
}

export interface SettingsAnswer {
  readOnly: boolean
  /** From the config; shown, not changed here. */
  retention: Record<'completed' | 'failed' | 'cancelled', { ageMs: number | null; most: number | null }>
  auditDays: number
  logs: { file: string; errorFile: string; format: string } | null
  database: string
  version: string
}
