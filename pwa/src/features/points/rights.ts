/** What the screens of duty offer to whom; the server decides. */
import type { useSession } from '@/core/session'

type Session = ReturnType<typeof useSession>
const OFFICE = ['admin', 'office_admin', 'dispatcher', 'reviewer', 'principal_leader', 'line_leader', 'leader', 'auditor', 'district_inspector'] as const

export const mayExport = (session: Session): boolean => session.has(...OFFICE)
export const mayConfigure = (session: Session): boolean => session.may('may_configure') || session.may('may_administer')
