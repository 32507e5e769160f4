/** Where the phone is, while a capture screen is open. Never kept as a track: only the fix at the shutter is stored. */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

export interface Fix {
  lon: number
  lat: number
  accuracy_m: number
  /** When the phone measured it, ms since the epoch, by the phone's clock. */
  at: number
}
export type Locating = { state: 'locating' } | { state: 'fixed'; fix: Fix } | { state: 'refused' } | { state: 'unknown' }

/** The latest fix. GPS positions of browsers are WGS-84. */
export function usePosition(): ShallowRef<Locating> {
  const place = shallowRef<Locating>({ state: 'locating' })
  if (!('geolocation' in navigator)) {
    place.value = { state: 'unknown' }
    return place
  }
  const watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      place.value = { state: 'fixed', fix: { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy * 10) / 10, at: timestamp } }
    },
    (error) => {
      if (place.value.state !== 'fixed') place.value = { state: error.code === error.PERMISSION_DENIED ? 'refused' : 'unknown' }
    },
    { enableHighAccuracy: true, maximumAge: 5_000, timeout: 20_000 },
  )
  onScopeDispose(() => navigator.geolocation.clearWatch(watch))
  return place
}
