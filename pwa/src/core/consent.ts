/** The consent text that this copy of the app shows; a new text gets a new version. The text: features/signin. */
export const CONSENT_VERSION = '2026-11'

/** Whether to ask: another text is in force than was agreed to, and this copy of the app has it to show. */
export function mustAsk(person: { consent_version?: string | null; consent_current?: string } | null): boolean {
  return person?.consent_current === CONSENT_VERSION && person.consent_version !== CONSENT_VERSION
}
