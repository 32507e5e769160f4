/** Page titles by route name. Routes name no words themselves: each feature's words stay lazy. */
import { defineMessages } from '.'
import { zh } from './zh/titles'

export const titles = defineMessages(zh, async () => (await import('./en/titles')).en)
