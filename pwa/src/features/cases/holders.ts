import type { RoleCode } from '@/core/i18n/domain'

/** Who may hold a session on site: captains of patrols and those above them. */
export const HOLDERS: RoleCode[] = ['office_admin', 'dispatcher', 'reviewer', 'principal_leader', 'line_leader', 'leader', 'inspector', 'district_inspector', 'patroller', 'point_chief']
