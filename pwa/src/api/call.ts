/** The same client with every path, parameter, body and answer typed from the server's own OpenAPI document. */
import { request, type Method, type Options } from './client'
import type { components, paths } from './schema.gen'

export type Schemas = components['schemas']
type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete'
type VerbOf<P extends keyof paths> = { [M in Verb]: paths[P][M] extends { responses: unknown } ? M : never }[Verb]
type Op<P extends keyof paths, M extends VerbOf<P>> = paths[P][M]
type Json<R> = R extends { content: { 'application/json': infer B } } ? B : undefined
type Success<O> = O extends { responses: infer R } ? Json<{ [S in keyof R & (200 | 201 | 202 | 204)]: R[S] }[keyof R & (200 | 201 | 202 | 204)]> : never
type Part<O, K extends 'path' | 'query'> = O extends { parameters: { [k in K]?: infer V } } ? V : undefined
type BodyOf<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : undefined

type Args<O> = Omit<Options, 'query'> &
  (Part<O, 'path'> extends undefined ? { path?: undefined } : { path: Part<O, 'path'> }) & { query?: Part<O, 'query'>; body?: BodyOf<O> }

/** `await call('get', '/api/issues/{issue_id}', { path: { issue_id: id }, signal })` */
export async function call<P extends keyof paths, M extends VerbOf<P>>(verb: M, path: P, args?: Args<Op<P, M>>): Promise<Success<Op<P, M>>> {
  const { path: parts, body, query, ...options } = (args ?? {}) as { path?: Record<string, unknown>; body?: unknown; query?: object } & Options
  const address = (path as string).replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(String(parts?.[name])))
  const answer = await request<Success<Op<P, M>>>((verb as string).toUpperCase() as Method, address, body, { ...options, query })
  return answer.data
}
