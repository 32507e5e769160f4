/** Lists of the settings, and the small shapes they share. */
import { useQuery } from '@tanstack/vue-query'
import { reactive } from 'vue'
import { call } from '@/api/call'
import { domain } from '@/core/i18n/domain'
import type { Option, Value } from '@/ui/form/form'

/** Switched-off ones too: they are found again here. */
export const allUnits = () =>
  reactive(useQuery({
    queryKey: ['units', 'list', 'with-inactive'],
    queryFn: async ({ signal }) => {
      const items = []
      for (let cursor: string | undefined, more = true; more; more = Boolean(cursor)) {
        const page = await call('get', '/api/units', { query: { with_inactive: true, limit: 200, cursor }, signal })
        items.push(...page.items)
        cursor = page.next ?? undefined
      }
      return items
    },
  }))

interface Node { id: string; parent_id: string | null; name_zh: string }
/** Every item after its parent, with how deep it lies. A parent outside the list counts as none. */
export function treeOf<T extends Node>(items: readonly T[]): { item: T; depth: number }[] {
  const ids = new Set(items.map((item) => item.id))
  const under = new Map<string | null, T[]>()
  for (const item of items) {
    const parent = item.parent_id && ids.has(item.parent_id) ? item.parent_id : null
    under.set(parent, [...(under.get(parent) ?? []), item])
  }
  const walk = (parent: string | null, depth: number): { item: T; depth: number }[] => (under.get(parent) ?? []).flatMap((item) => [{ item, depth }, ...walk(item.id, depth + 1)])
  return walk(null, 0)
}

/** "甲、乙, 丙" */
export const split = (value: Value | undefined): string[] => (typeof value === 'string' ? value.split(/[、,，;；]/).map((one) => one.trim()).filter(Boolean) : [])

export const CRS: Option[] = [{ value: 'wgs84', label: 'WGS-84' }, { value: 'gcj02', label: 'GCJ-02' }, { value: 'bd09', label: 'BD-09' }, { value: 'cgcs2000', label: 'CGCS2000' }]
const ROLES = ['office_admin', 'dispatcher', 'reviewer', 'principal_leader', 'line_leader', 'leader', 'point_chief', 'liaison', 'unit_principal', 'rectifier', 'inspector', 'patroller', 'volunteer', 'building_leader', 'grid_officer', 'cross_captain', 'cross_member', 'third_party', 'district_inspector', 'emergency_member', 'auditor', 'admin'] as const
export const roleOptions = (): Option[] => ROLES.map((role) => ({ value: role, label: domain(`role.${role}`) }))

/** Hands a file to the browser's downloads. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** A code a line; commas part them, too. */
export const lines = (value: Value | undefined): string[] => (typeof value === 'string' ? value.split(/[\s、,，;；]+/).filter(Boolean) : [])
