import { defineMessages } from '@/core/i18n'
import { zh } from './zh'

export const say = defineMessages(zh, async () => (await import('./en')).en)
