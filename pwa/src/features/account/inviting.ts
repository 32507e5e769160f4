/** Which roles a person may hand out by invite (the server asks again): those that need no account of their own. */
import type { RoleCode } from '@/core/i18n/domain'

const FIELD: readonly RoleCode[] = ['rectifier', 'patroller', 'volunteer', 'building_leader', 'grid_officer']
const MAKERS: Partial<Record<RoleCode, readonly RoleCode[]>> = { admin: FIELD, office_admin: FIELD, liaison: FIELD, unit_principal: [...FIELD, 'liaison'] }

export function invitable(held: readonly RoleCode[]): RoleCode[] {
  return [...new Set(held.flatMap((role) => MAKERS[role] ?? []))]
}

/** K7M4-P2QX: as it is read aloud. */
export function spaced(code: string): string {
  const plain = code.replace(/[^A-Za-z0-9]/g, '')
  return plain.length === 8 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : code
}
