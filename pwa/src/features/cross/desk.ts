/** What the office's screens ask of the server; a hidden round answers everyone else as a missing one. */
import { useQuery } from '@tanstack/vue-query'
import { computed, reactive, type Ref } from 'vue'
import { ProblemError } from '@/api/client'
import { call, type Schemas } from '@/api/call'
import { useSession } from '@/core/session'

export type Round = Schemas['RoundOut']
export type Finding = Schemas['FindingOut']
export type Report = Schemas['app__features__crosscheck__schemas__ReportOut']
export type Unit = Schemas['EdgeOut']['inspector']
export interface Edge {
  inspector: Unit
  target: Unit
}
/** Looked at again while jobs file and dispatch what was released. */
const WHILE_RELEASING_MS = 3000

export const useRounds = () => reactive(useQuery({ queryKey: ['cross', 'rounds'], queryFn: ({ signal }) => call('get', '/api/cross/rounds', { signal }) }))
export const useRings = (enabled: Ref<boolean>) => reactive(useQuery({ queryKey: ['cross', 'rings'], enabled, queryFn: ({ signal }) => call('get', '/api/cross/rings', { signal }) }))
export const useRequests = (enabled: Ref<boolean>) => reactive(useQuery({ queryKey: ['cross', 'requests'], enabled, queryFn: ({ signal }) => call('get', '/api/cross/requests', { signal }) }))
export const useTodos = () => reactive(useQuery({ queryKey: ['cross', 'tasks'], queryFn: ({ signal }) => call('get', '/api/cross/tasks', { signal }) }))
export const useRound = (id: Ref<string>) =>
  reactive(useQuery({
    queryKey: ['cross', 'rounds', id], queryFn: ({ signal }) => call('get', '/api/cross/rounds/{round_id}', { path: { round_id: id.value }, signal }), retry: false,
    refetchInterval: (query) => (query.state.data?.release_ordered_at && !query.state.data.released_at ? WHILE_RELEASING_MS : false),
  }))
export const useFindings = (id: Ref<string>, enabled: Ref<boolean>) =>
  reactive(useQuery({ queryKey: ['cross', 'findings', id], enabled, queryFn: ({ signal }) => call('get', '/api/cross/rounds/{round_id}/findings', { path: { round_id: id.value }, signal }) }))
export const useReport = (id: Ref<string>, enabled: Ref<boolean>) =>
  reactive(useQuery({ queryKey: ['cross', 'report', id], enabled, queryFn: ({ signal }) => call('get', '/api/cross/rounds/{round_id}/report', { path: { round_id: id.value }, signal }) }))

export const isMissing = (error: unknown) => error instanceof ProblemError && (error.status === 404 || error.status === 403)

/** Who plans: the office. Everyone else reads what was released. */
export function useOffice() {
  const session = useSession()
  return computed(() => session.has('office_admin'))
}

/** The pairs in the order of the circle they make, as far as they make one. */
export function inCircle(edges: readonly Edge[]): Edge[] {
  const left = new Map(edges.map((edge) => [edge.inspector.id, edge]))
  const found: Edge[] = []
  for (const first of edges) {
    for (let at = left.get(first.inspector.id); at; at = left.get(at.target.id)) {
      found.push(at)
      left.delete(at.inspector.id)
    }
  }
  return found
}

/** Whoever is inspected inspects, too; true also before there is a pairing. */
export function isCircular(edges: readonly Edge[]): boolean {
  const inspectors = new Set(edges.map((edge) => edge.inspector.id))
  return edges.every((edge) => inspectors.has(edge.target.id))
}

/** What is wrong with a table of pairs, by the unit's row; empty: nothing. */
export function tableFaults(rows: readonly { inspector: string; target: string }[]): Map<string, 'empty' | 'self' | 'twice'> {
  const found = new Map<string, 'empty' | 'self' | 'twice'>()
  for (const { inspector, target } of rows) {
    if (!target) found.set(inspector, 'empty')
    else if (target === inspector) found.set(inspector, 'self')
    else if (rows.filter((one) => one.target === target).length > 1) found.set(inspector, 'twice')
  }
  return found
}
