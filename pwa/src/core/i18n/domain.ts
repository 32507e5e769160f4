/** Words every screen needs: states, natures, actions, roles. */
import { defineMessages } from '.'
import { zh } from './zh/domain'

export const domain = defineMessages(zh, async () => (await import('./en/domain')).en)
export type StateCode = keyof typeof zh.state
export type NatureCode = keyof typeof zh.nature
export type RoleCode = keyof typeof zh.role
