/** How the ghost is shown, remembered while the app is open; whether hints are wanted, for good. */
import { reactive, watch } from 'vue'

const STORE = 'xf.ghost-hints'

export const ghostPrefs = reactive({ opacity: 45, hold: false, hints: localStorage.getItem(STORE) !== 'off' })
watch(() => ghostPrefs.hints, (on) => localStorage.setItem(STORE, on ? 'on' : 'off'))
