/** A form as data: which fields, what is missing, what the server said of each. Pure but for the words. */
import { ProblemError } from '@/api/client'
import { townTime, type Instant } from '@/core/format'
import { say } from './say'

export type Value = string | number | boolean | null | readonly string[]
export type Values = Record<string, Value>
export interface Option { value: string; label: string; group?: string }
export interface Field {
  name: string
  label: string
  kind: 'text' | 'area' | 'number' | 'select' | 'many' | 'date' | 'time' | 'check'
  required?: boolean
  options?: readonly Option[]
  hint?: string
  /** What the empty choice of a select is called. */
  none?: string
  min?: number
  max?: number
  /** For kinds of one line: at most so many letters. */
  length?: number
  /** Takes the whole row on a desk. */
  wide?: boolean
}
export type Faults = Record<string, string>

const two = (value: number) => String(value).padStart(2, '0')

/** "2026-08-12T09:31" as the clock on the town's wall shows it, for an input. */
export function toInput(at: Instant): string {
  const town = townTime(at)
  return `${town.year}-${two(town.month)}-${two(town.day)}T${two(town.hour)}:${town.minute}`
}

/** The moment that a clock of the town meant, whatever the zone of this device. */
export function fromInput(text: string): string | null {
  const asUtc = Date.parse(`${text}:00Z`)
  if (Number.isNaN(asUtc)) return null
  return new Date(asUtc - (Date.parse(`${toInput(asUtc)}:00Z`) - asUtc)).toISOString()
}

function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || value === '' || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0)
}

/** What is still missing before it can be sent. */
export function lacking(fields: readonly Field[], values: Values): Faults {
  return Object.fromEntries(fields.filter((field) => field.required && isEmpty(values[field.name])).map((field) => [field.name, say('why.missing')]))
}

/** `fields` of a refusal by the last part of their place that is a name of ours; '' holds what belongs to none. */
export function faultsOf(error: unknown, fields: readonly Field[]): Faults {
  if (!(error instanceof ProblemError) || !Array.isArray(error.members.fields)) return {}
  const found: Faults = {}
  for (const one of error.members.fields as { at?: unknown[]; why?: string }[]) {
    const at = (one.at ?? []).map(String)
    const field = [...at].reverse().map((part) => fields.find((known) => known.name === part)).find(Boolean)
    const why = one.why ?? ''
    const words = why.includes('pattern') ? say('pattern') : why.startsWith('string_too_short') ? say('why.too_short') : why.startsWith('string_too_long') ? say('why.too_long') : say.dynamic(`why.${why}`, say('why.invalid'))
    found[field?.name ?? ''] = words
  }
  return found
}

/** Text without blanks around it; nothing instead of empty. */
export const textOf = (value: Value | undefined): string => (typeof value === 'string' ? value.trim() : '')
export const orNull = (value: Value | undefined): string | null => textOf(value) || null
export const whenOf = (value: Value | undefined): string | null => (textOf(value) ? fromInput(textOf(value)) : null)
export const listOf = (value: Value | undefined): string[] => (Array.isArray(value) ? [...(value as readonly string[])] : [])

/** GeoJSON as typed; undefined when it cannot be read. */
export function jsonOf(value: Value | undefined): Record<string, never> | null | undefined {
  if (!textOf(value)) return null
  try {
    const parsed: unknown = JSON.parse(textOf(value))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, never>) : undefined
  } catch {
    return undefined
  }
}
