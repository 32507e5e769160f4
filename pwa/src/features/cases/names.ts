/** How a case is called on every screen. */
import { localName, type Named } from '@/core/i18n'
import { say } from './say'

export const numberOf = (item: { no: number | null }): string => (item.no === null ? say('noNo') : say('no', { no: String(item.no).padStart(4, '0') }))
export const titleOf = (item: { point: Named | null; category: Named }): string => [item.point ? localName(item.point) : '', localName(item.category)].filter(Boolean).join(' · ')
export const isEnded = (state: string): boolean => ['closed', 'rejected', 'merged', 'voided'].includes(state)
interface Who { name: string | null; unit?: Named | null }
/** A person by name, or by their unit where the name is not told. */
export const whoOf = (person: Who | null | undefined): string => (person ? [person.name, localName(person.unit)].filter(Boolean).join(' · ') || say('detail.someone') : '')
