import { expect, test } from 'vitest'
import { byName, fromQuery, into, RATES, toAsk, toQuery, type Asking } from '@/supervisor/asking'
import { instants, preset, presetOf, spanOf } from '@/supervisor/period'
import { pressing, reasonsOf, withReason } from '@/supervisor/pressing'
import { apart, ENOUGH, wilson } from '@/supervisor/wilson'

const ASKING: Asking = {
  by: 'unit', procedure: 'citizen-request', territory: '', unit: '', category: '', from: '2026-03-01', to: '2026-03-31',
}

test.each([
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('the interval of %i of %i is the published one', (count, of, low, high) => {
  const found = wilson(count, of)
  expect(found?.low).toBeCloseTo(low, 4)
  expect(found?.high).toBeCloseTo(high, 4)
})

test('an interval holds its share, stays within 0 and 1, and narrows with more of the same', () => {
  for (const of of [1, 7, 30, 400]) {
    for (let count = 0; count <= of; count += Math.ceil(of / 7)) {
      const found = wilson(count, of)!
      expect(found.low).toBeGreaterThanOrEqual(0)
      expect(found.high).toBeLessThanOrEqual(1)
      expect(found.low).toBeLessThanOrEqual(count / of + 1e-12)
      expect(found.high).toBeGreaterThanOrEqual(count / of - 1e-12)
      const more = wilson(count * 10, of * 10)!
      expect(more.high - more.low).toBeLessThan(found.high - found.low)
    }
  }
  expect(wilson(0, 0)).toBeUndefined()
})

test('nothing is said of too few, nor of what an interval holds', () => {
  expect(apart(ENOUGH - 1, ENOUGH - 1, 0.1)).toBe('')
  expect(apart(ENOUGH, ENOUGH, 0.1)).toBe('above')
  expect(apart(0, 100, 0.5)).toBe('below')
  expect(apart(50, 100, 0.5)).toBe('')
  expect(apart(50, 100, null)).toBe('')
})

test('a question lives in the address and goes out with whole days', () => {
  expect(fromQuery(toQuery(ASKING), { ...ASKING, by: 'day', from: '' })).toEqual(ASKING)
  expect(fromQuery({ by: 'nonsense' }, ASKING).by).toBe('unit')
  const asked = toAsk(ASKING)
  expect(asked.opened_from).toBe(new Date(2026, 2, 1).toISOString())
  expect(asked.opened_to).toBe(new Date(2026, 3, 1).toISOString())
  expect(instants('', '')).toEqual({})
})

test('looking into a group asks for what is below it, and for nothing that has no name', () => {
  expect(into(ASKING, 'order')).toMatchObject({ by: 'category', unit: 'order' })
  expect(into({ ...ASKING, by: 'town' }, '330212001')).toMatchObject({ by: 'community', territory: '330212001' })
  expect(into({ ...ASKING, by: 'category' }, 'water')).toMatchObject({ by: 'category', category: 'water' })
  expect(into({ ...ASKING, by: 'category', category: 'water' }, 'water')).toBeUndefined()
  expect(into({ ...ASKING, by: 'week' }, '2026-W09')).toMatchObject({ by: 'day', from: '2026-03-01', to: '2026-03-01' })
  expect(into(ASKING, '')).toBeUndefined()
  expect(into({ ...ASKING, by: 'channel' }, 'web')).toBeUndefined()
})

test('weeks are those of ISO 8601, months end on their last day', () => {
  expect(spanOf('week', '2026-W01')).toEqual({ from: '2025-12-29', to: '2026-01-04' })
  expect(spanOf('week', '2026-W53')).toEqual({ from: '2026-12-28', to: '2027-01-03' })
  expect(spanOf('month', '2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' })
  expect(spanOf('month', '2026-W09')).toBeUndefined()
})

test('presets are spans of whole days up to today, and known again', () => {
  const now = new Date(2026, 0, 15, 23, 30)
  expect(preset('days30', now)).toEqual({ from: '2025-12-17', to: '2026-01-15' })
  expect(preset('last_month', now)).toEqual({ from: '2025-12-01', to: '2025-12-31' })
  expect(presetOf(preset('year', now), now)).toBe('month')
  expect(presetOf({ from: '2025-01-01', to: '2025-01-02' }, now)).toBeUndefined()
})

test('groups are sorted by what they are called, whoever does best; the nameless come last', () => {
  const names: Record<string, string> = { a: '下应街道', b: '百丈街道', c: '第10网格', d: '第2网格' }
  const groups = ['', 'c', 'a', 'd', 'b'].map((group) => ({ group }))
  const sorted = byName(groups, (group) => names[group] ?? '', 'zh-CN').map((one) => one.group)
  expect(sorted).toEqual(['b', 'd', 'c', 'a', ''])
})

test('steps that press are known by their effect, not by their name', () => {
  const one = (step: string, does: string[]) => ({ step, does, is_allowed: true }) as never
  const found = pressing([one('anything', ['supervise']), one('nudge', ['urge']), one('supervise', ['assign'])])
  expect(found.map((option) => option.step)).toEqual(['anything', 'nudge'])
})

test('every rate is of something else than itself', () => {
  for (const one of RATES) expect(one.of).not.toBe(one.name)
})

test('one reason fits several matters only where each of them knows it', () => {
  const option = (reasons: string[]) => ({ step: 'supervise', reasons }) as never
  expect(reasonsOf([[option(['overdue', 'repeated'])], [option(['repeated', 'other'])]], 'supervise')).toEqual(['repeated'])
  expect(reasonsOf([[option([])], [option([])]], 'supervise')).toEqual([])
  expect(withReason({ version: 3 }, 'repeated', ['repeated'])).toEqual({ version: 3, reason: 'repeated' })
  expect(withReason({ version: 3 }, ' 请尽快 ', [])).toEqual({ version: 3, texts: { reason: '请尽快' } })
  expect(withReason({ version: 3 }, ' ', [])).toEqual({ version: 3 })
})
