// Judges what was filled in by its schema, interpreting the schema: the content policy lets nothing be compiled.
// JSON Forms is given it in place of Ajv, of whose interface it has what the core calls.
import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema'
import type { JsonFormsCore, JsonSchema } from '@jsonforms/core'
import { isPlain, settled, without, type Values } from '../forms/values'

/** A fault as Ajv tells it. */
export type Fault = NonNullable<JsonFormsCore['errors']>[number]

export interface Judged {
  /** What was filled in, without what is empty and what its conditions rule out. */
  values: Values
  faults: Fault[]
}

export interface Judging {
  (values: unknown): boolean
  errors: Fault[] | null
}

const DRAFT = '2020-12'
/** What is said of a value itself; other keywords only repeat what is said below them. */
const OWN = new Set([
  'required', 'dependentRequired', 'type', 'enum', 'const', 'not', 'anyOf', 'oneOf', 'contains', 'minContains',
  'maxContains', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength',
  'maxLength', 'pattern', 'format', 'minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'false',
])
/** Below these, faults are of one alternative among several (a field may have such a name, too). */
const AMONG = /(?<!\/properties)\/(?:anyOf|oneOf|contains)\//
/** Conditions may rest on each other; a chain longer than this is nobody's form. */
const ROUNDS = 8

const judges = new WeakMap<object, Judge>()

export function judgeOf(schema: JsonSchema): Judge {
  let found = judges.get(schema)
  if (!found) judges.set(schema, (found = new Judge(schema)))
  return found
}

export class Judge {
  private readonly schema: Schema
  private readonly validator: Validator

  constructor(schema: JsonSchema) {
    // A copy: the validator writes where each part lies into the schema.
    this.schema = JSON.parse(JSON.stringify(schema, readable)) as Schema
    this.validator = new Validator(this.schema, DRAFT, false)
  }

  /** Say whether values hold as they are; what is not there yet is taken for an empty object. */
  holds(values: unknown): boolean {
    return this.validator.validate(values === undefined ? {} : plain(values)).valid
  }

  /** Settle what was filled in, and return what is wrong with it then. */
  judge(values: unknown): Judged {
    let now = settled(this.schema as JsonSchema, isPlain(values) ? (plain(values) as Values) : {})
    for (let round = 0; ; round += 1) {
      const { errors } = this.validator.validate(now)
      const idle = errors.filter((one) => one.keyword === 'false')
      if (!idle.length || round === ROUNDS) return { values: now, faults: this.told(errors) }
      for (const one of idle) now = without(now, steps(one.instanceLocation))
      now = settled(this.schema as JsonSchema, now)
    }
  }

  private told(errors: readonly OutputUnit[]): Fault[] {
    return errors
      .filter((one) => OWN.has(one.keyword) && !AMONG.test(one.keywordLocation))
      .map((one) => ({
        instancePath: one.instanceLocation.slice(1),
        schemaPath: one.keywordLocation,
        ...this.kindOf(one),
        message: one.error,
      }))
  }

  private kindOf(one: OutputUnit): Pick<Fault, 'keyword' | 'params'> {
    if (one.keyword === 'false') return { keyword: 'false schema', params: {} }
    // JSON Forms puts only `required` beside the field that is missing.
    if (one.keyword === 'required' || one.keyword === 'dependentRequired') {
      return { keyword: 'required', params: { missingProperty: lastNamed(one.error) } }
    }
    return { keyword: one.keyword, params: { limit: this.at(one.keywordLocation) } }
  }

  /** Return what stands at a keyword's place. */
  private at(location: string): unknown {
    const into = (found: unknown, step: string): unknown => (found as Record<string, unknown> | undefined)?.[step]
    return steps(location).reduce(into, this.schema as unknown)
  }
}

/** What JSON Forms' core calls of Ajv. */
export const interpreting = {
  compile(schema: JsonSchema): Judging {
    const judge = judgeOf(schema)
    const judging = ((values: unknown) => {
      const { faults } = judge.judge(values)
      judging.errors = faults.length ? faults : null
      return !faults.length
    }) as Judging
    judging.errors = null
    return judging
  },
  validate: (schema: JsonSchema, values: unknown): boolean => judgeOf(schema).holds(values),
}

const plain = (values: unknown): unknown => JSON.parse(JSON.stringify(values))

const steps = (pointer: string): string[] =>
  pointer.split('/').slice(1).map((one) => one.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Leave out patterns this machine cannot read: they are written for the server, which decides. */
function readable(key: string, value: unknown): unknown {
  if (key !== 'pattern' || typeof value !== 'string') return value
  try {
    new RegExp(value, 'u')
    return value
  } catch {
    return undefined
  }
}

/** Return the last name in quotes: the validator tells only in words which property is missing. */
function lastNamed(said: string): string {
  return [...said.matchAll(/"([^"]*)"/g)].at(-1)?.[1] ?? ''
}
