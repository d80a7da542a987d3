import type { AccessStore } from '../../../store/access.ts'
import type { Database } from '../database.ts'
import { audit, auditLog } from './audit.ts'
import { addInvitation, invitation, invitations, removeInvitation, takeInvitation } from './invitations.ts'
import { addOperation, advanceOperation, endOperation, operation, operations } from './operations.ts'
import { pruneAccess } from './prune.ts'
import { addSession, endSession, endSessionsOf, session, sessions, touchSession } from './sessions.ts'
import { setSetting, setting } from './settings.ts'
import { addToken, removeToken, tokenByHash, tokens, touchToken } from './tokens.ts'
import { addUser, changeUser, removeUser, userByEmail, userById, users } from './users.ts'

/** The access part of a store, the same on every database. */
export function createAccessStore(database: Database): AccessStore {
  return {
    users: () => users(database),
    userByEmail: (email) => userByEmail(database, email),
    userById: (id) => userById(database, id),
    addUser: (user) => addUser(database, user),
    changeUser: (id, change, endSessions) => changeUser(database, id, change, endSessions),
    removeUser: (id) => removeUser(database, id),

    addSession: (added) => addSession(database, added),
    session: (id) => session(database, id),
    sessions: (userId) => sessions(database, userId),
    touchSession: (id, seenAt, expiresAt) => touchSession(database, id, seenAt, expiresAt),
    endSession: (id) => endSession(database, id),
    endSessionsOf: (userId, except) => endSessionsOf(database, userId, except),

    addToken: (token) => addToken(database, token),
    tokenByHash: (hash) => tokenByHash(database, hash),
    tokens: (userId) => tokens(database, userId),
    touchToken: (id, seenAt) => touchToken(database, id, seenAt),
    removeToken: (id) => removeToken(database, id),

    addInvitation: (added) => addInvitation(database, added),
    invitation: (hash) => invitation(database, hash),
    invitations: () => invitations(database),
    removeInvitation: (hash) => removeInvitation(database, hash),
    takeInvitation: (hash, now) => takeInvitation(database, hash, now),

    audit: (entry) => audit(database, entry),
    auditLog: (request) => auditLog(database, request),

    addOperation: (added) => addOperation(database, added),
    operation: (id) => operation(database, id),
    operations: (limit) => operations(database, limit),
    advanceOperation: (id, done, skipped) => advanceOperation(database, id, done, skipped),
    endOperation: (id, state, error) => endOperation(database, id, state, error),

    setting: (name) => setting(database, name),
    setSetting: (name, value) => setSetting(database, name, value),
    pruneAccess: (now, auditMs) => pruneAccess(database, now, auditMs),
  }
}
