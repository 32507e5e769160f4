/** The one way to the server: JSON in, JSON out, every refusal a ProblemError, every broken line an OfflineError. */
import { learnClock } from '@/core/clock'
import { heardNothing, heardServer, heardStore } from '@/core/net'

export interface ProblemBody {
  type?: string
  title?: string
  status: number
  code: string
  detail?: string
  [member: string]: unknown
}

/** The server understood and refused (RFC 9457). `code` is stable and has a sentence in core/i18n. */
export class ProblemError extends Error {
  readonly code: string
  readonly status: number
  readonly members: Record<string, unknown>
  readonly retryAfterSeconds: number | null

  constructor(body: ProblemBody, retryAfter: string | null = null) {
    super(body.title ?? body.code)
    this.name = 'ProblemError'
    this.code = body.code
    this.status = body.status
    this.members = body
    this.retryAfterSeconds = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null
  }
}

/** No answer of ours arrived: no network, server gone, time-out, or a captive portal speaking in its place. */
export class OfflineError extends Error {
  constructor(cause?: unknown) {
    super('no answer from the server', { cause })
    this.name = 'OfflineError'
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type QueryValue = string | number | boolean | null | undefined | readonly (string | number)[]
export interface Options {
  query?: object
  headers?: Record<string, string>
  /** Version of what was read: a stale one is answered with 409. */
  ifMatch?: string | number
  signal?: AbortSignal
  timeoutMs?: number
  /** Arrives even when the page is being closed: decisions that waited for their undo time. */
  keepalive?: boolean
  /** The answer is a file: `data` is a Blob. */
  asFile?: boolean
}
export interface Answer<T> {
  data: T
  status: number
  etag: string | null
  /** True when the service worker answered from its store because the network did not. */
  stored: boolean
  /** When the stored answer was fetched, for "先看 8:50 存下的". */
  storedAt: string | null
}

function address(path: string, query: object = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query) as [string, QueryValue][]) {
    if (value === undefined || value === null || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

function encode(body: unknown, headers: Headers): BodyInit | undefined {
  if (body === undefined) return undefined
  if (body instanceof Blob || body instanceof ArrayBuffer || body instanceof FormData) return body
  headers.set('Content-Type', 'application/json')
  return JSON.stringify(body)
}

async function problemOf(response: Response): Promise<Error> {
  const kind = response.headers.get('Content-Type') ?? ''
  if (!kind.includes('json')) return new OfflineError(`HTTP ${response.status} without a problem body`)
  const body = (await response.json().catch(() => ({}))) as Partial<ProblemBody>
  if (!body.code) return new OfflineError(`HTTP ${response.status} without a problem code`)
  return new ProblemError({ ...body, status: response.status, code: body.code }, response.headers.get('Retry-After'))
}

const unauthorised = new Set<(problem: ProblemError) => void>()
/** Called when the server no longer knows the session. */
export function onUnauthorised(listener: (problem: ProblemError) => void): void {
  unauthorised.add(listener)
}

/** One request with everything about its answer. Most screens want `api()`. */
export async function request<T>(method: Method, path: string, body?: unknown, options: Options = {}): Promise<Answer<T>> {
  const headers = new Headers({ Accept: 'application/json', ...options.headers })
  if (options.ifMatch !== undefined) headers.set('If-Match', `"${String(options.ifMatch).replaceAll('"', '')}"`)
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 30_000)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  const sentAt = Date.now()
  let response: Response
  try {
    response = await fetch(address(path, options.query), { method, headers, body: encode(body, headers), signal, keepalive: options.keepalive, credentials: 'same-origin', redirect: 'error' })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    heardNothing()
    throw new OfflineError(cause)
  }
  const storedAt = response.headers.get('X-Stored-At')
  if (storedAt) heardStore(storedAt)
  else learnClock(response.headers.get('Date'), sentAt, Date.now())
  if (!response.ok) {
    const problem = await problemOf(response)
    if (problem instanceof ProblemError) heardServer()
    if (problem instanceof ProblemError && problem.code === 'sign-in-needed') unauthorised.forEach((tell) => tell(problem))
    throw problem
  }
  const data = await parse<T>(response, options.asFile ?? false)
  if (!storedAt) heardServer()
  return { data, status: response.status, etag: response.headers.get('ETag'), stored: storedAt !== null, storedAt }
}

async function parse<T>(response: Response, asFile: boolean): Promise<T> {
  if (response.status === 204) return undefined as T
  // A captive portal's page is no file of ours.
  if (asFile && !(response.headers.get('Content-Type') ?? '').includes('html')) return (await response.blob()) as T
  if (!(response.headers.get('Content-Type') ?? '').includes('json')) throw new OfflineError('an answer that is not ours')
  return (await response.json()) as T
}

/** `await api<Page<IssueListItem>>('GET', '/api/issues', undefined, { query: { state: 'submitted' } })` */
export async function api<T>(method: Method, path: string, body?: unknown, options?: Options): Promise<T> {
  return (await request<T>(method, path, body, options)).data
}

/** One slice of a list; `next` is the cursor of the following one. */
export interface Page<T> {
  items: T[]
  next: string | null
}
