/** 值守: who is on duty where; the own shift on the phone; roll-calls, call-outs, trainings. */
import { defineAsyncComponent } from 'vue'
import type { RoleCode } from '@/core/i18n/domain'

/** Today's duty on the home screen; loaded apart from the first bundle. */
export const ShiftCard = defineAsyncComponent(() => import('./ShiftCard.vue'))
/** See more of the roster than the own shifts. */
export const ROSTER_READERS: RoleCode[] = ['office_admin', 'dispatcher', 'principal_leader', 'line_leader', 'leader', 'auditor', 'liaison', 'unit_principal']
/** Read the whole town's. */
export const TOWN_READERS: RoleCode[] = ['office_admin', 'dispatcher', 'principal_leader', 'line_leader', 'leader', 'auditor']
