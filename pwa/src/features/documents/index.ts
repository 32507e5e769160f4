/** 文书: bulletins, special reports and notices; talks with units, commendations and criticism. */
import type { RoleCode } from '@/core/i18n/domain'

/** Read documents; a unit those that went to it. */
export const DOCUMENT_READERS: RoleCode[] = ['office_admin', 'dispatcher', 'reviewer', 'principal_leader', 'line_leader', 'inspector', 'district_inspector', 'auditor', 'leader', 'liaison', 'unit_principal', 'rectifier']
/** Keep the register of talks; a unit's principal reads the own ones. */
export const RECORDERS: RoleCode[] = ['office_admin', 'principal_leader', 'line_leader']
