/** 日表: the daily sheets with their receipts, and what waits too long to be claimed. */
import type { RoleCode } from '@/core/i18n/domain'

/** Read whole sheets; the people of a unit read its rows. */
export const SHEET_READERS: RoleCode[] = ['office_admin', 'dispatcher', 'reviewer', 'principal_leader', 'line_leader', 'inspector', 'district_inspector', 'auditor', 'leader']
export const UNIT_PEOPLE: RoleCode[] = ['liaison', 'unit_principal', 'rectifier']
