import { defineMessages } from '@/core/i18n'
import { zh } from './i18n/zh'

export const say = defineMessages(zh, async () => (await import('./i18n/en')).en)
