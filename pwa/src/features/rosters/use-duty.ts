/** The own shifts: the list from the server or its store, the words from this phone. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, reactive, ref, watch } from 'vue'
import { call } from '@/api/call'
import { useNow } from '@/core/clock'
import { useSession } from '@/core/session'
import { useOutbox } from '@/core/use-outbox'
import { toast } from '@/ui/toast'
import { checkIn, checkOut, currentOf, standingOf, type MyShift } from './duty'
import { say } from './say'
import { placeOf } from './words'

export function useDuty() {
  const session = useSession()
  const client = useQueryClient()
  const now = useNow()
  const mine = reactive(useQuery({ queryKey: ['shifts', 'mine'], queryFn: ({ signal }) => call('get', '/api/shifts/mine', { signal }), staleTime: 60_000, refetchInterval: 300_000, enabled: computed(() => session.me !== null) }))
  const outbox = useOutbox()
  const items = computed(() => outbox.value?.items ?? [])
  const shifts = computed(() => mine.data?.items ?? [])
  const current = computed(() => currentOf(shifts.value, items.value, now.value))
  const standing = (shift: MyShift) => standingOf(shift, items.value, now.value)
  const busy = ref(false)
  // What has arrived is asked for anew, so that the server's word stands.
  const acked = computed(() => items.value.filter((item) => item.to?.path.startsWith('/api/shifts/') && item.state === 'acked').length)
  watch(acked, (n, before) => n > before && void client.invalidateQueries({ queryKey: ['shifts'] }))

  async function step(shift: MyShift) {
    if (busy.value) return
    busy.value = true
    try {
      const isIn = standing(shift).step === 'on'
      await (isIn ? checkOut : checkIn)(shift, `${say(isIn ? 'mine.end' : 'mine.begin')} · ${placeOf(shift)}`)
      toast(say(isIn ? 'mine.ended' : 'mine.saved'))
    } finally {
      busy.value = false
    }
  }
  return { mine, shifts, current, standing, step, busy, now, items }
}
