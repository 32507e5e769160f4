/** The last step of every way in: the cookie is set, the server says who it belongs to. */
import { useRoute, useRouter } from 'vue-router'
import { call, type Schemas } from '@/api/call'
import { useSession } from '@/core/session'
import { safeNext } from './codes'

export function useEntering() {
  const session = useSession()
  const route = useRoute()
  const router = useRouter()

  /** Goes in, or hands back the second step that is still needed. */
  return async function enter(answer: Schemas['SignInOut']): Promise<Schemas['SignInOut'] | null> {
    if (answer.second_factor) return answer
    session.enter(await call('get', '/api/me'))
    await router.replace(safeNext(route.query.next))
    return null
  }
}
