// What was filled into a form, as one line for each value; parts and lists by what holds them.
import { isPlain, type Values } from './values'

interface Shape {
  properties?: Record<string, Shape>
  items?: Shape
  enum?: unknown[]
}

export interface Line {
  label: string
  value: string
}

export interface Saying {
  field: (name: string) => string
  choice: (name: string) => string
  yes: string
  no: string
  comma: string
}

/** Return the lines of a form filled in, in its order; what the form no longer asks for comes last. */
export function linesOf(schema: object, values: Values, say: Saying): Line[] {
  return part(schema as Shape, values, say, '')
}

function part(schema: Shape, values: Values, say: Saying, around: string): Line[] {
  const fields = schema.properties ?? {}
  const names = [...Object.keys(fields).filter((one) => one in values), ...Object.keys(values).filter((one) => !(one in fields))]
  return names.flatMap((name) => {
    const field = fields[name] ?? {}
    const label = around + say.field(name)
    const value = values[name]
    if (isPlain(value)) return part(field, value, say, `${label} · `)
    if (Array.isArray(value) && value.length && value.every(isPlain)) {
      return value.flatMap((one, at) => part(field.items ?? {}, one, say, `${label} ${at + 1} · `))
    }
    return [{ label, value: worded(field, value, say) }]
  })
}

function worded(field: Shape, value: unknown, say: Saying): string {
  if (Array.isArray(value)) return value.map((one) => worded(field.items ?? {}, one, say)).join(say.comma)
  if (typeof value === 'boolean') return value ? say.yes : say.no
  return field.enum?.includes(value) ? say.choice(String(value)) : String(value)
}

/** Return what a text of a form holds; undefined if it is none that can be read. */
export function formIn(text: string): Values | undefined {
  try {
    const found: unknown = JSON.parse(text)
    return isPlain(found) ? found : undefined
  } catch {
    return undefined
  }
}
