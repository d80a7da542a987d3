import { OPERATION_STATES, ROLES } from '../../../store/access.ts'
import type {
  Activity,
  InvitationRow,
  OperationPreview,
  OperationView,
  SessionRow,
  SettingsAnswer,
  TokenRow,
  UserRow,
} from '../../api.ts'
import { ACTION_NAMES } from '../actions.ts'
import {
  anything,
  boolean,
  integer,
  listOf,
  number,
  object,
  oneOf,
  orNull,
  ref,
  type Schema,
  string,
  time,
} from './schema.ts'

const role = oneOf(...ROLES)
type Kept = SettingsAnswer['retention']
const kept = object<Kept['failed']>({ ageMs: orNull(number), most: orNull(integer) })

/** The schemas of what is answered about users, the audit log, bulk operations and settings. */
export const ADMIN_SCHEMAS: Readonly<Record<string, Schema>> = {
  Activity: object<Activity>({
    entries: listOf(
      object<Activity['entries'][number]>({
        seq: integer,
        at: time,
        actor: string,
        actorName: string,
        action: string,
        target: string,
        detail: anything,
        address: string,
        result: string,
      }),
    ),
    before: orNull(integer),
  }),
  OperationView: object<OperationView>({
    id: string,
    action: oneOf(...ACTION_NAMES, 'clear'),
    filter: string,
    pace: orNull(number),
    total: orNull(integer),
    done: integer,
    skipped: integer,
    state: oneOf(...OPERATION_STATES),
    actorName: string,
    startedAt: time,
    updatedAt: time,
    finishedAt: orNull(time),
    error: orNull(string),
  }),
  OperationPreview: object<OperationPreview>({ matching: ref('Count'), cli: string, sample: listOf(ref('JobRow')) }),
  UserRow: object<UserRow>({
    id: string,
    email: string,
    name: string,
    role,
    permissions: orNull(listOf(string)),
    createdAt: time,
    disabledAt: orNull(time),
    hasPassword: boolean,
  }),
  InvitationRow: object<InvitationRow>({ hash: string, email: string, role, createdAt: time, expiresAt: time }),
  SessionRow: object<SessionRow>({
    id: string,
    userId: string,
    userName: string,
    current: boolean,
    createdAt: time,
    seenAt: time,
    expiresAt: time,
    address: string,
    agent: string,
  }),
  TokenRow: object<TokenRow>({
    id: string,
    userId: string,
    userName: string,
    name: string,
    scopes: listOf(string),
    createdAt: time,
    expiresAt: orNull(time),
    seenAt: orNull(time),
  }),
  SettingsAnswer: object<SettingsAnswer>({
    readOnly: boolean,
    retention: object<Kept>({ completed: kept, failed: kept, cancelled: kept }),
    auditDays: integer,
    logs: orNull(object<NonNullable<SettingsAnswer['logs']>>({ file: string, errorFile: string, format: string })),
    database: string,
    version: string,
  }),
}
