/** Shared by all who ask for the own tasks. */
export const MINE = ['cross', 'mine'] as const
