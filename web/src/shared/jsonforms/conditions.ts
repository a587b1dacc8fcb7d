// What one field's value means for others: when they have to be filled in, and when they have no place.
import type { JsonSchema, JsonSchema7 } from '@jsonforms/core'
import { isPlain } from '../forms/values'
import { judgeOf } from './judge'

/** Under which condition fields of an object must, or may not, be filled in. */
interface Rule {
  when: JsonSchema7
  must: string[]
  never: string[]
}

const rules = new WeakMap<object, Rule[]>()

/** Return the names of the fields that have to be filled in as an object now stands. */
export function demanded(schema: JsonSchema, values: unknown): Set<string> {
  return new Set(rulesOf(schema).filter((one) => judgeOf(one.when).holds(values)).flatMap((one) => one.must))
}

/** Return the schema an object fits as long as a field has no place in it; undefined if it always has. */
export function ruledOut(schema: JsonSchema, name: string): JsonSchema | undefined {
  const found = rulesOf(schema).filter((one) => one.never.includes(name))
  return found.length ? { anyOf: found.map((one) => one.when) } : undefined
}

function rulesOf(schema: JsonSchema): Rule[] {
  let found = rules.get(schema)
  if (!found) rules.set(schema, (found = [...read(schema as Conditional, [])]))
  return found
}

type Conditional = JsonSchema7 & {
  if?: JsonSchema7
  then?: JsonSchema7
  else?: JsonSchema7
  dependentRequired?: Record<string, string[]>
  dependentSchemas?: Record<string, JsonSchema7>
}

function* read(schema: Conditional, guards: JsonSchema7[]): Generator<Rule> {
  const never = Object.entries(schema.properties ?? {}).filter(([, part]) => (part as unknown) === false)
  const must = schema.required ?? []
  if (must.length || never.length) {
    yield { when: { allOf: guards }, must, never: never.map(([name]) => name) }
  }
  for (const [name, others] of Object.entries(schema.dependentRequired ?? {})) {
    yield { when: { allOf: [...guards, { required: [name] }] }, must: others, never: [] }
  }
  if (schema.if) {
    yield* below(schema.then, [...guards, schema.if])
    yield* below(schema.else, [...guards, { not: schema.if }])
  }
  for (const [name, part] of Object.entries(schema.dependentSchemas ?? {})) {
    yield* below(part, [...guards, { required: [name] }])
  }
  for (const part of schema.allOf ?? []) yield* below(part, guards)
}

function* below(part: JsonSchema7 | undefined, guards: JsonSchema7[]): Generator<Rule> {
  if (isPlain(part)) yield* read(part as Conditional, guards)
}
