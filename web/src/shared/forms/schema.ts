// The forms of packs are flat JSON Schemas. This reads one into fields, and checks what was filled in the
// way the schema says; the server checks again, by the same schema.
export type Value = string | number | boolean | string[]
export type Values = Record<string, Value>

export type FieldKind = 'line' | 'text' | 'whole' | 'number' | 'date' | 'flag' | 'choice' | 'choices'

export interface Field {
  name: string
  kind: FieldKind
  isRequired: boolean
  choices: string[]
  least?: number
  most?: number
  shortest?: number
  longest?: number
  pattern?: string
}

export type Fault = 'missing' | 'short' | 'long' | 'small' | 'large' | 'pattern' | 'whole'

interface Property {
  type?: string
  format?: string
  enum?: unknown[]
  items?: { enum?: unknown[] }
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}

const LONG = 200

export function fieldsOf(schema: Record<string, unknown> | undefined): Field[] {
  const properties = (schema?.properties ?? {}) as Record<string, Property>
  const required = new Set((schema?.required ?? []) as string[])
  return Object.entries(properties).map(([name, one]) => ({
    name,
    kind: kindOf(one),
    isRequired: required.has(name),
    choices: (one.enum ?? one.items?.enum ?? []).map(String),
    least: one.minimum,
    most: one.maximum,
    shortest: one.minLength,
    longest: one.maxLength,
    pattern: one.pattern,
  }))
}

function kindOf(one: Property): FieldKind {
  if (one.enum) return 'choice'
  if (one.type === 'array') return 'choices'
  if (one.type === 'boolean') return 'flag'
  if (one.type === 'integer') return 'whole'
  if (one.type === 'number') return 'number'
  if (one.format === 'date') return 'date'
  return (one.maxLength ?? LONG + 1) > LONG ? 'text' : 'line'
}

/** Return the first fault of each field that has one. */
export function faultsOf(fields: readonly Field[], values: Values): Record<string, Fault> {
  const found: Record<string, Fault> = {}
  for (const field of fields) {
    const fault = faultOf(field, values[field.name])
    if (fault) found[field.name] = fault
  }
  return found
}

function faultOf(field: Field, value: Value | undefined): Fault | undefined {
  if (isEmpty(value)) return field.isRequired ? 'missing' : undefined
  if (typeof value === 'number') {
    if (Number.isNaN(value) || (field.kind === 'whole' && !Number.isInteger(value))) return 'whole'
    if (field.least !== undefined && value < field.least) return 'small'
    if (field.most !== undefined && value > field.most) return 'large'
  }
  if (typeof value === 'string') {
    const length = [...value].length
    if (field.shortest !== undefined && length < field.shortest) return 'short'
    if (field.longest !== undefined && length > field.longest) return 'long'
    if (field.pattern && !matches(field.pattern, value)) return 'pattern'
  }
  return undefined
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    return true // written for another machine: the server decides
  }
}

export function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Return what was filled in, without what was left empty. */
export function filled(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)))
}
