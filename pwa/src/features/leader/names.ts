import { localName } from '@/core/i18n'

/** The one of two texts that is in the reader's language. */
export const domainName = (zh: string, en: string) => localName({ zh, en })
