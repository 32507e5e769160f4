/** To whom a liaison can give an order. */
import { call } from '@/api/call'

export const workmatesQuery = { queryKey: ['workmates', 'list'], queryFn: ({ signal }: { signal: AbortSignal }) => call('get', '/api/dispatch/workmates', { signal }), staleTime: 300_000 }
