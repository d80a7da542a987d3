import { newId } from '../../core/id.ts'
import type { AccessStore, AuditEntry, Invitation, Operation, Session, Token, User } from '../../store/access.ts'

/** Not a round second: what is stored has to come back to the millisecond. */
export const AT: Date = new Date('2026-01-15T10:00:00.123Z')

export function after(ms: number): Date {
  return new Date(AT.getTime() + ms)
}

/** As long as a hash is, and like no other. */
export function newHash(): string {
  return newId().replaceAll('-', '').repeat(2)
}

export function newUser(changed: Partial<User> = {}): User {
  const id = newId()
  const email = `${id}@example.org`
  const given = { id, email, name: 'User', password: null, role: 'viewer' as const, permissions: null }
  return { ...given, createdAt: AT, disabledAt: null, ...changed }
}

export async function addUser(access: AccessStore, changed: Partial<User> = {}): Promise<User> {
  const user = newUser(changed)
  await access.addUser(user)
  return user
}

export function newSession(userId: string, changed: Partial<Session> = {}): Session {
  const times = { createdAt: AT, seenAt: AT, expiresAt: after(60_000) }
  return { id: newHash(), userId, ...times, address: '127.0.0.1', agent: 'Browser/1', ...changed }
}

export function newToken(userId: string, changed: Partial<Token> = {}): Token {
  const given = { id: newId(), hash: newHash(), userId, name: 'token', scopes: ['jobs.read'] }
  return { ...given, createdAt: AT, expiresAt: null, seenAt: null, ...changed }
}

export function newInvitation(changed: Partial<Invitation> = {}): Invitation {
  const hash = newHash()
  const given = { hash, kind: 'invite' as const, email: 'guest@example.org', role: 'viewer' as const, createdBy: null }
  return { ...given, createdAt: AT, expiresAt: after(60_000), usedAt: null, ...changed }
}

export function newEntry(changed: Partial<Omit<AuditEntry, 'seq'>> = {}): Omit<AuditEntry, 'seq'> {
  const who = { actor: 'cli', actorName: 'root', address: '', at: AT }
  return { ...who, action: 'jobs.retry', target: 'job-1', detail: null, result: 'ok', ...changed }
}

export function newOperation(changed: Partial<Operation> = {}): Operation {
  const what = { id: newId(), action: 'retry' as const, filter: 'status:failed', pace: null, total: 10 }
  const times = { startedAt: AT, updatedAt: AT, finishedAt: null }
  const who = { actor: 'cli', actorName: 'root' }
  return { ...what, done: 0, skipped: 0, state: 'running', ...who, ...times, error: null, ...changed }
}
