// What is wrong with a field, in our own words: by the keyword of its schema, never in a validator's English.
import type { Fault } from './judge'

const BY_KEYWORD: Record<string, string> = {
  required: 'missing',
  minLength: 'short',
  maxLength: 'long',
  minimum: 'small',
  exclusiveMinimum: 'not_above',
  maximum: 'large',
  exclusiveMaximum: 'not_below',
  multipleOf: 'multiple',
  pattern: 'pattern',
  enum: 'choice',
  minItems: 'few',
  maxItems: 'many',
  uniqueItems: 'twice',
}
const BY_LIMIT: Record<string, string> = { 'type integer': 'whole', 'format date': 'date' }

/** Return the key of what to say below `shared.faults`, and what belongs into it. */
export function telling(fault: Pick<Fault, 'keyword' | 'params'>): { key: string; values: Record<string, unknown> } {
  const { limit } = fault.params as { limit?: unknown }
  const key = BY_KEYWORD[fault.keyword] ?? BY_LIMIT[`${fault.keyword} ${String(limit)}`] ?? 'wrong'
  return { key, values: { limit } }
}
