/** What a phone does to a case, also without a network: each deed goes through the outbox as one command. */
import { beginDraft, finish, type OutboxItem } from './outbox'

export interface Target {
  id: string
  version: number
}

/** Commands of this person for this case that the server has not yet answered, oldest first. */
export function waitingFor(items: readonly OutboxItem[], issueId: string): OutboxItem[] {
  return unanswered(items, issueId).filter((item) => item.body.action !== 'comment')
}

/** Lines written here that the server does not have yet. They change nothing of the case, so nothing waits for them. */
export function commentsWaiting(items: readonly OutboxItem[], issueId: string): OutboxItem[] {
  return unanswered(items, issueId).filter((item) => item.body.action === 'comment')
}

function unanswered(items: readonly OutboxItem[], issueId: string): OutboxItem[] {
  return items.filter((item) => item.kind === 'command' && (item.state === 'queued' || item.state === 'sending') && item.body.target === issueId)
}

export function parkedFor(items: readonly OutboxItem[], issueId: string): OutboxItem[] {
  return items.filter((item) => item.kind === 'command' && item.state === 'parked' && item.body.target === issueId)
}

/** Deeds that will still change the case: one made on an older version has been done already, only its answer was lost. */
export function ahead(items: readonly OutboxItem[], target: Target): number {
  return waitingFor(items, target.id).filter((item) => Number(item.body.base_version) >= target.version).length
}

/** The version the case will have when this command is its turn: each deed that waits before it counts one. */
export function commandBody(action: string, target: Target, body: Record<string, unknown>, waiting: number): Record<string, unknown> {
  return { action, target: target.id, base_version: target.version + waiting, device_at: new Date().toISOString(), body }
}

/** Hands one deed to the sender. Resolves when it is safe on this phone. */
export async function sendCommand(action: string, target: Target, body: Record<string, unknown>, label: string, waiting = 0): Promise<void> {
  const full = commandBody(action, target, body, waiting)
  const draft = await beginDraft('command', full, label)
  await finish(draft.id, full, label)
}
