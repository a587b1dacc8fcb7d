import { expect, test } from 'vitest'
import { LISTS, sampleOf } from '@/admin/lists'
import { monthsOf } from '@/admin/months'
import { mayEnter, PLACES } from '@/admin/places'
import { linesOf, mayApprove } from '@/admin/proposals'
import { bytes, lag } from '@/admin/sizes'
import { sectionsOf } from '@/admin/told'
import { factsOf } from '@/admin/traces'
import { branches, instantOf, isValid, type UnitRow } from '@/admin/tree'

const unit = (code: string, parent: string | null = null): UnitRow =>
  ({ code, name: code, kind: 'k', territory: '3302', parent, below: 0, held: 0 }) as UnitRow

test('a tree shows what was opened, and a circle only once', () => {
  const under = new Map([['', [unit('a')]], ['a', [unit('b', 'a')]], ['b', [unit('a', 'b')]]])
  expect(branches(under, new Set()).map((one) => one.unit.code)).toEqual(['a'])
  const all = branches(under, new Set(['a', 'b']))
  expect(all.map((one) => [one.unit.code, one.depth])).toEqual([['a', 0], ['b', 1]])
})

test('the last day is left out', () => {
  expect(isValid({ valid_from: '2026-01-01', valid_to: '2026-02-01' }, '2026-01-31')).toBe(true)
  expect(isValid({ valid_from: '2026-01-01', valid_to: '2026-02-01' }, '2026-02-01')).toBe(false)
  expect(isValid({}, '2026-02-01')).toBe(true)
})

test('a field without an instant has none', () => {
  expect(instantOf('')).toBeNull()
  expect(instantOf('2026-02-30T25:00')).toBeNull()
  expect(instantOf('2026-02-03T04:05')).toBe(new Date(2026, 1, 3, 4, 5).toISOString())
})

test('nobody approves what they proposed, nor what was decided', () => {
  const held = new Set(['packs.approve'])
  const proposal = { decision: '', proposed_by: 'person:1' }
  expect(mayApprove(proposal, '1', held)).toBe('own')
  expect(mayApprove(proposal, '2', held)).toBe('yes')
  expect(mayApprove(proposal, '2', new Set())).toBe('no_power')
  expect(mayApprove({ ...proposal, decision: 'approved' }, '2', held)).toBe('decided')
})

test('a difference is told line by line', () => {
  const told = linesOf('# noise\n@@ -1 +1 @@\n-old\n+new\n~form\n kept\n\n')
  expect(told.map((one) => one.mark)).toEqual(['head', 'gap', 'goes', 'comes', 'differs', 'same'])
  expect(told[3]?.text).toBe('new')
})

test('a procedure is told in sections', () => {
  const told = sectionsOf('Title\n\nOne\nfirst\n  inner\n\nTwo\nlast\n')
  expect(told.map((one) => one.title)).toEqual(['Title', 'One', 'Two'])
  expect(told[1]?.lines).toEqual([{ text: 'first', isInner: false }, { text: 'inner', isInner: true }])
})

test('a year counts its weekends, its days off and the days worked instead', () => {
  const stated = [
    { day: '2026-01-02', is_workday: false, name: '元旦', source: 'cn.csv' },
    { day: '2026-01-04', is_workday: true, name: '元旦', source: 'cn.csv' },
  ]
  const [january, february] = monthsOf(2026, stated)
  expect(january?.before).toBe(3)
  expect(february?.days).toHaveLength(28)
  expect(january?.days.slice(0, 5).map((one) => one.isWorkday)).toEqual([true, false, false, true, true])
  expect(monthsOf(2024, [])[1]?.days).toHaveLength(29)
})

test('sizes and lags are read at a glance', () => {
  expect([bytes(0), bytes(2048), bytes(5 * 1024 ** 3), bytes(200 * 1024 ** 2)]).toEqual(['0 B', '2.0 KiB', '5.0 GiB', '200 MiB'])
  const at = '2026-01-01T12:00:00Z'
  expect([lag('2026-01-01T11:59:30Z', at), lag('2026-01-01T11:00:00Z', at), lag('2025-12-20T12:00:00Z', at)]).toEqual([
    '30 s', '60 min', '12 d',
  ])
})

test('facts that say nothing are left out', () => {
  expect(factsOf({ change: 'approved', first: ['a', 'b'], sought: { kind: '', actor: 'x' }, none: null })).toEqual([
    'change: approved', 'first: a b', 'sought: actor: x',
  ])
})

test('a screen opens to whoever has its power', () => {
  const open = (held: string[]): string[] => PLACES.filter((one) => mayEnter(one, new Set(held))).map((one) => one.name)
  expect(open([])).toEqual(['packs', 'calendar', 'deliveries'])
  expect(open(['traces.read'])).toContain('traces')
})

test('a sample names the columns in the language of the screen', () => {
  expect(sampleOf('people', 'zh').split('\r\n')[0]).toBe('人员编号,姓名')
  expect(sampleOf('people', 'en').split('\r\n')[0]).toBe('id,name')
  expect(new Set(LISTS.map((one) => one.name)).size).toBe(5)
})
