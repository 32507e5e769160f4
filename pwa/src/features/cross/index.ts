/** 咬尾巴: neighbourhoods inspect each other; the team on its phones, the office at its desk. */
import { defineAsyncComponent } from 'vue'
import type { RoleCode } from '@/core/i18n/domain'

/** The revealed task where a person starts the day; loaded apart from the first bundle. */
export const CrossCard = defineAsyncComponent(() => import('./CrossCard.vue'))
/** The way to the rounds and to the own to-dos. */
export const RoundsRow = defineAsyncComponent(() => import('./RoundsRow.vue'))
/** Who reads released rounds, or plans them. */
export const ROUND_READERS: RoleCode[] = ['office_admin', 'auditor', 'dispatcher', 'reviewer', 'leader', 'line_leader', 'principal_leader', 'unit_principal', 'liaison', 'cross_captain', 'cross_member']
export { MINE } from './keys'
export const loadOnCall = () => import('./on-call')
export { routes } from './routes'
