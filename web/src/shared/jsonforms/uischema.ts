// How a form is laid out: one control for each field, one below the other, shown while it has a place.
import { type JsonSchema, Resolve, rankWith, RuleEffect, type RankedTester, type UISchemaElement } from '@jsonforms/core'
import { ruledOut } from './conditions'

export type Kind = 'line' | 'text' | 'whole' | 'number' | 'date' | 'flag' | 'choice' | 'choices' | 'group' | 'list'

const LONG = 200
const RANK = 10
const layouts = new WeakMap<object, UISchemaElement>()

export function layoutOf(schema: JsonSchema): UISchemaElement {
  let found = layouts.get(schema)
  if (!found) layouts.set(schema, (found = laidOut(schema)))
  return found
}

function laidOut(schema: JsonSchema): UISchemaElement {
  const elements = Object.keys(schema.properties ?? {}).map((name) => {
    const no = ruledOut(schema, name)
    const rule = no && { effect: RuleEffect.HIDE, condition: { scope: '#', schema: no } }
    return { type: 'Control', scope: `#/properties/${name}`, ...(rule && { rule }) }
  })
  return { type: 'VerticalLayout', elements } as UISchemaElement
}

/** Return how a field is drawn; undefined if it cannot be: a pack with such a form is refused when it is read. */
export function kindOf(schema: JsonSchema | undefined): Kind | undefined {
  if (schema?.enum) return 'choice'
  switch (schema?.type) {
    case 'boolean':
      return 'flag'
    case 'integer':
      return 'whole'
    case 'number':
      return 'number'
    case 'string':
      if (schema.format === 'date') return 'date'
      return (schema.maxLength ?? LONG + 1) > LONG ? 'text' : 'line'
    case 'object':
      return 'group'
    case 'array':
      return (schema.items as JsonSchema | undefined)?.enum ? 'choices' : 'list'
    default:
      return undefined
  }
}

/** A tester for the controls of some kinds of fields. */
export function draws(...kinds: Kind[]): RankedTester {
  return rankWith(RANK, (uischema, schema, { rootSchema }) => {
    const { scope } = uischema as UISchemaElement & { scope?: string }
    if (uischema.type !== 'Control' || !scope) return false
    const kind = kindOf(Resolve.schema(schema, scope, rootSchema))
    return kind !== undefined && kinds.includes(kind)
  })
}
