// What the trace holds, and its facts as words.
export const KINDS = [
  'signed_in', 'sign_in_refused', 'signed_out', 'session_revoked', 'refused', 'permission_changed', 'account_changed',
  'unmasked', 'person_sought', 'corrected', 'erased', 'exported', 'pack_changed', 'model_changed', 'key_changed',
  'trace_read',
] as const

function told(value: unknown): string {
  if (Array.isArray(value)) return value.map(told).filter(Boolean).join(' ')
  if (value && typeof value === 'object') return factsOf(value as Record<string, unknown>).join(' ')
  return value === null || value === undefined ? '' : String(value)
}

/** Facts as `name: value`, those that say nothing left out. */
export function factsOf(facts: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(facts)
    .map(([name, value]) => [name, told(value)])
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`)
}
