/** A photo for the public's eyes: boxes drawn over what nobody may recognise, and the copy that may leave the office. */
import { defineAsyncComponent } from 'vue'

export const ClearSheet = defineAsyncComponent(() => import('./ClearSheet.vue'))
/** Who may clear a photo. */
export const CLEARERS = ['office_admin', 'dispatcher', 'reviewer'] as const
