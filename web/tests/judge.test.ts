import { expect, test } from 'vitest'
import type { JsonSchema, JsonSchema7 } from '@jsonforms/core'
import { filled, undemanding, without } from '@/shared/forms/values'
import { formIn, linesOf } from '@/shared/forms/telling'
import { demanded, ruledOut } from '@/shared/jsonforms/conditions'
import { interpreting, judgeOf } from '@/shared/jsonforms/judge'
import { telling } from '@/shared/jsonforms/telling'
import { kindOf, layoutOf } from '@/shared/jsonforms/uischema'

const FLAT = {
  type: 'object', additionalProperties: false, required: ['minutes'],
  properties: {
    minutes: { type: 'integer', minimum: 1, maximum: 1440 },
    remark: { type: 'string', maxLength: 3 },
    code: { type: 'string', maxLength: 20, pattern: '^[0-9]{3}$' },
    met: { type: 'string', enum: ['resident', 'nobody'] },
    on: { type: 'string', format: 'date' },
  },
} as JsonSchema

const NESTED = {
  type: 'object', additionalProperties: false, required: ['payer'],
  properties: {
    by_parts: { type: 'boolean' },
    payer: {
      type: 'object', additionalProperties: false, required: ['name'],
      properties: { name: { type: 'string', maxLength: 20 }, phone: { type: 'string', maxLength: 20 } },
      dependentRequired: { phone: ['name'] },
    },
    parts: {
      type: 'array', minItems: 2, maxItems: 3,
      items: {
        type: 'object', additionalProperties: false, required: ['due_on'],
        properties: { due_on: { type: 'string', format: 'date' }, amount: { type: 'integer', minimum: 1 } },
      },
    },
  },
  if: { properties: { by_parts: { const: true } }, required: ['by_parts'] },
  then: { required: ['parts'] },
  else: { properties: { parts: false } },
} as unknown as JsonSchema

const faults = (schema: JsonSchema, values: unknown): string[] =>
  judgeOf(schema).judge(values).faults.map((one) => `${one.instancePath} ${one.keyword} ${JSON.stringify(one.params)}`)

test('faults have the shape Ajv gives them: where, which keyword, what it is about', () => {
  expect(faults(FLAT, {})).toEqual([' required {"missingProperty":"minutes"}'])
  expect(faults(FLAT, { minutes: 1441, code: '12a', remark: 'abcd', met: 'dog', on: '2026-02-30' })).toEqual([
    '/minutes maximum {"limit":1440}',
    '/remark maxLength {"limit":3}',
    '/code pattern {"limit":"^[0-9]{3}$"}',
    '/met enum {"limit":["resident","nobody"]}',
    '/on format {"limit":"date"}',
  ])
  expect(faults(FLAT, { minutes: 1.5 })).toEqual(['/minutes type {"limit":"integer"}'])
  expect(faults(FLAT, { minutes: 5, code: '123', remark: '好人😀' })).toEqual([])
})

test('the part of Ajv that the core calls: compile with errors, validate', () => {
  const judging = interpreting.compile(FLAT)
  expect([judging({ minutes: 5 }), judging.errors]).toEqual([true, null])
  expect([judging({}), judging.errors?.length, judging.errors?.[0]?.message]).toEqual([
    false, 1, 'Instance does not have required property "minutes".',
  ])
  expect(interpreting.validate({ required: ['a'] } as JsonSchema, undefined)).toBe(false)
})

test('what is empty is not there, and what a schema demands as a whole is asked for in its parts', () => {
  expect(filled({ a: '', b: [], c: {}, d: false, e: 0, f: { g: '' }, h: [{ i: '' }] })).toEqual({ d: false, e: 0, h: [{}] })
  expect(faults(NESTED, {})).toEqual(['/payer required {"missingProperty":"name"}'])
  expect(faults(FLAT, { minutes: 5, remark: '' })).toEqual([])
})

test('faults within lists are told with their place, all of them', () => {
  const values = { by_parts: true, payer: { name: '张' }, parts: [{ amount: 0, due_on: '2026-01-01' }, {}] }
  expect(faults(NESTED, values)).toEqual([
    '/parts/0/amount minimum {"limit":1}',
    '/parts/1 required {"missingProperty":"due_on"}',
  ])
  expect(faults(NESTED, { by_parts: true, payer: { name: '张' } })).toEqual([' required {"missingProperty":"parts"}'])
  expect(faults(NESTED, { ...values, parts: [{ due_on: '2026-01-01' }] })).toEqual(['/parts minItems {"limit":2}'])
})

test('what a condition rules out is not sent, and does not stand in the way', () => {
  const left = { by_parts: false, payer: { name: '张' }, parts: [{}] }
  expect(judgeOf(NESTED).judge(left)).toEqual({ values: { by_parts: false, payer: { name: '张' } }, faults: [] })
  expect(judgeOf(FLAT).judge({ minutes: 5, gone: 'of an older version' }).values).toEqual({ minutes: 5 })
  expect(without({ a: [{ b: 1, c: 2 }] }, ['a', '0', 'b'])).toEqual({ a: [{ c: 2 }] })
})

test('only the fault of the whole is told of alternatives, not those of each', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'integer' } }, anyOf: [{ required: ['a'] }, { required: ['b'] }] }
  expect(faults(schema as JsonSchema, {})).toEqual([' anyOf {"limit":[{"required":["a"]},{"required":["b"]}]}'])
})

test('a pattern this machine cannot read is left to the server', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', pattern: '(?i-u)x\\zz' } } } as JsonSchema
  expect(faults(schema, { a: 'y' })).toEqual([])
})

test('every fault has words of ours, and none of the validator', () => {
  expect(telling({ keyword: 'type', params: { limit: 'integer' } }).key).toBe('whole')
  expect(telling({ keyword: 'maximum', params: { limit: 5 } })).toEqual({ key: 'large', values: { limit: 5 } })
  expect(telling({ keyword: 'contains', params: {} }).key).toBe('wrong')
})

test('conditions say what has to be filled in now, and what has no place', () => {
  expect([...demanded(NESTED, {})]).toEqual(['payer'])
  expect([...demanded(NESTED, { by_parts: true })]).toEqual(['payer', 'parts'])
  const { payer } = NESTED.properties as Record<string, JsonSchema7>
  expect([...demanded(payer!, { phone: '1' })]).toEqual(['name'])
  expect(ruledOut(NESTED, 'payer')).toBeUndefined()
  const no = ruledOut(NESTED, 'parts')!
  expect([judgeOf(no).holds({ by_parts: true }), judgeOf(no).holds({}), judgeOf(no).holds(undefined)]).toEqual([false, true, true])
})

test('each field is drawn as its kind; what cannot be drawn has none', () => {
  const kinds = { ...FLAT.properties, ...NESTED.properties } as Record<string, JsonSchema>
  expect(Object.fromEntries(Object.entries(kinds).map(([name, one]) => [name, kindOf(one)]))).toEqual({
    minutes: 'whole', remark: 'line', code: 'line', met: 'choice', on: 'date', by_parts: 'flag', payer: 'group', parts: 'list',
  })
  expect(kindOf({ type: 'string', maxLength: 2000 })).toBe('text')
  expect(kindOf({ type: 'array', items: { enum: ['a'] } })).toBe('choices')
  expect([kindOf({ type: 'null' }), kindOf({}), kindOf(undefined)]).toEqual([undefined, undefined, undefined])
  expect(layoutOf(NESTED)).toMatchObject({
    type: 'VerticalLayout',
    elements: [{ scope: '#/properties/by_parts' }, {}, { scope: '#/properties/parts', rule: { effect: 'HIDE' } }],
  })
})

test('a form of a hand-over demands nothing at its first level', () => {
  expect(undemanding(NESTED)).not.toHaveProperty('required')
  expect(undemanding(NESTED)).toMatchObject({ then: {}, properties: { payer: { required: ['name'] } } })
  expect(faults(undemanding(NESTED), {})).toEqual([])
})

test('what was filled in is read line by line, parts and lists by what holds them', () => {
  const say = { field: (name: string) => `<${name}>`, choice: (name: string) => `=${name}`, yes: '是', no: '否', comma: '、' }
  const schema = { properties: { ...NESTED.properties, met: { enum: ['nobody'] }, seen: { items: { enum: ['fire', 'gas'] } } } }
  const values = {
    seen: ['fire', 'gas'], met: 'nobody', old: 7, by_parts: true, payer: { name: 'nobody' }, parts: [{ amount: 1 }, { amount: 2 }],
  }
  expect(linesOf(schema, values, say).map((one) => `${one.label} ${one.value}`)).toEqual([
    '<by_parts> 是', '<payer> · <name> nobody', '<parts> 1 · <amount> 1', '<parts> 2 · <amount> 2', '<met> =nobody',
    '<seen> =fire、=gas', '<old> 7',
  ])
  expect([formIn('{"a":1}'), formIn('no form'), formIn('[1]')]).toEqual([{ a: 1 }, undefined, undefined])
})
