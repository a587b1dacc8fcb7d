// What is filled into a form: values within values. What is empty is not there.
export interface Values {
  [name: string]: unknown
}

interface Shape {
  type?: unknown
  properties?: Record<string, Shape>
  required?: string[]
  items?: unknown
}

export function isPlain(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return Array.isArray(value) ? !value.length : isPlain(value) && !Object.keys(value).length
}

/** Return what was filled in, without what was left empty; an item of a list keeps its place. */
export function filled(values: Values): Values {
  const kept = Object.entries(values).map(([name, value]) => [name, filledValue(value)] as const)
  return Object.fromEntries(kept.filter(([, value]) => !isEmpty(value)))
}

function filledValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filledValue)
  return isPlain(value) ? filled(value) : value
}

/** Return what was filled in, with objects a schema demands begun, so that what they lack is told of their fields. */
export function settled(schema: object, values: Values): Values {
  return begun(schema as Shape, filled(values))
}

function begun(schema: Shape, values: Values): Values {
  const found: Values = { ...values }
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    if (part.type === 'object' && schema.required?.includes(name)) found[name] ??= {}
    const value = found[name]
    if (isPlain(value)) found[name] = begun(part, value)
    if (Array.isArray(value) && isPlain(part.items)) {
      found[name] = value.map((one: unknown) => (isPlain(one) ? begun(part.items as Shape, one) : one))
    }
  }
  return found
}

/** Return values without the one a path leads to. */
export function without(values: Values, path: readonly string[]): Values {
  const [first, ...rest] = path
  if (first === undefined || !(first in values)) return values
  const { [first]: value, ...others } = values
  if (!rest.length) return others
  if (isPlain(value)) return { ...values, [first]: without(value, rest) }
  if (!Array.isArray(value)) return values
  const at = Number(rest[0])
  const list = value.map((one: unknown, place) => (place === at && isPlain(one) ? without(one, rest.slice(1)) : one))
  return { ...values, [first]: list }
}

/**
 * Return a schema of which nothing has to be filled in at its first level.
 *
 * A hand-over takes along what both sides ask for, so that what a form demands may be there without being told again.
 */
export function undemanding<S extends object>(schema: S): S {
  const { required: _, dependentRequired: __, ...rest } = schema as Record<string, unknown>
  const parts = ['then', 'else'].filter((name) => isPlain(rest[name]))
  for (const name of parts) rest[name] = undemanding(rest[name] as object)
  if (Array.isArray(rest.allOf)) rest.allOf = rest.allOf.map((one: unknown) => (isPlain(one) ? undemanding(one) : one))
  return rest as S
}
