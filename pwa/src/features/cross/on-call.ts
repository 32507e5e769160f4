/** What the phone of a team on call does by itself, every day, round or not: it puts its number into the draw, and fetches the task as soon as there is one. */
import { serverNow } from '@/core/clock'
import { townTime } from '@/core/format'
import { useSession } from '@/core/session'
import { loadStandards } from '@/features/capture'
import { openEnvelope, putNonce } from './envelope'
import type { Task } from './model'
import { loadMine } from './task'

let drawn = ''

/** Once a day and person; what fails is tried again at the next look. */
export async function drawForToday(): Promise<void> {
  const session = useSession()
  const me = session.me?.id ?? ''
  const today = `${me} ${townTime(serverNow()).dayNumber}`
  if (drawn === today || !session.has('cross_captain') || !session.has('unit_principal')) return
  const { day } = await openEnvelope()
  await putNonce(day, me)
  drawn = today
}

/** The own tasks, on the phone with everything they need: also for who never opens the envelope's page. */
export async function lookAhead(signal?: AbortSignal): Promise<Task[]> {
  void drawForToday().catch(() => undefined)
  const tasks = await loadMine(signal)
  if (tasks.length) void loadStandards().catch(() => undefined)
  return tasks
}
