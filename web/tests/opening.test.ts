import { expect, test } from 'vitest'
import { emptyCall, isBegun, type Call } from '@/desk/opening/call'
import { slotsOf, withTaken, type Advice, type Slot } from '@/desk/opening/slots'
import { toldOf } from '@/desk/opening/suggesting'

const ALL = { reply: true, merge: true, lead: true }
const NAMES = { place: (code: string) => `place ${code}`, issue: () => 'why' }
const like = (id: string, answer = '') => ({
  id, number: `n-${id}`, subject: '路灯', state: 'closed', category: '', opened_at: '2026-03-01T08:00:00Z', ended_at: null,
  outcome: '', alike: 0.9, words: ['路灯'], answer,
})
const ADVICE = {
  model: 'm',
  categories: [
    { code: 'a', name: '甲', probability: 0.8, words: ['路灯'] },
    { code: 'b', name: '乙', probability: 0.1, words: [] },
  ],
  places: [{ kind: 'street', name: '东兴社区', score: 0.9, reason: '', start: 0, end: 4, code: '330212', lon: null, lat: null }],
  territory: '330212001',
  route: { rule: 'r', lead: '', lead_name: '', units: [{ unit: 'u', name: '局', probability: 0.7, reason: '多' }], goes_by_itself: false, trace: '' },
  signals: [],
  duplicates: [like('d1'), like('d2'), like('d3')],
  issue: { id: 'i', title: '停水', place: '', members: 5, heat: 1, shared: 2 },
  similar: [like('s1'), like('s2', '换了灯泡。')],
  warnings: [],
} as unknown as Advice

const slots = (call: Call, may = ALL): Slot[] => slotsOf(ADVICE, [], call, may, NAMES)
const slot = (call: Call, digit: string): Slot => slots(call).find((one) => one.digit === digit)!

test('every suggestion has its own key, always the same, and only what may be done is offered', () => {
  const all = slots(emptyCall('p'))
  expect(all.map((one) => one.digit + one.kind)).toEqual([
    '1category', '2category', '4place', '5unit', '7issue', '8duplicate', '9duplicate', '0reply',
  ])
  const none = slots(emptyCall('p'), { reply: false, merge: false, lead: false })
  expect(none.map((one) => one.digit)).toEqual(['1', '2', '4'])
})

test('a suggestion is taken, changed for another, and given back', () => {
  const first = withTaken(emptyCall('p'), slot(emptyCall('p'), '1'))
  expect(first.matter.category).toBe('a')
  const second = withTaken(first, slot(first, '2'))
  expect(second.matter.category).toBe('b')
  expect(slot(second, '2').isTaken).toBe(true)
  expect(withTaken(second, slot(second, '2')).matter.category).toBe('')
})

test('what the operator chose is not replaced', () => {
  const call = emptyCall('p', { category: 'z', territory: '33' })
  for (const digit of ['1', '4']) {
    expect(slot(call, digit).isHeld).toBe(true)
    expect(withTaken(call, slot(call, digit))).toBe(call)
  }
  const taken = withTaken(emptyCall('p'), slot(emptyCall('p'), '1'))
  const changed = { ...taken, matter: { ...taken.matter, category: 'z' } }
  expect(withTaken(changed, slot(changed, '2')).matter.category).toBe('z')
  const answered = { ...emptyCall('p'), reply: '写好的' }
  for (const digit of ['0', '5', '8']) expect(withTaken(answered, slot(answered, digit))).toBe(answered)
})

test('answered, merged or given to a unit: one of the three', () => {
  let call = withTaken(emptyCall('p'), slot(emptyCall('p'), '5'))
  expect(call.lead).toBe('u')
  call = withTaken(call, slot(call, '8'))
  expect([call.lead, call.into?.id]).toEqual(['', 'd1'])
  call = withTaken(call, slot(call, '0'))
  expect([call.into, call.reply]).toEqual([null, '换了灯泡。'])
})

test('a place brings its point, and takes it away again', () => {
  const call = withTaken(emptyCall('p'), slot(emptyCall('p'), '4'), { lon: 121, lat: 29 })
  expect([call.matter.territory, call.matter.lon]).toEqual(['330212001', 121])
  expect(withTaken(call, slot(call, '4')).matter.lon).toBeNull()
})

test('suggestions are asked for once there is something to say', () => {
  expect(toldOf(emptyCall('p', { detail: '路灯' }))).toBeUndefined()
  const told = toldOf(emptyCall('p', { detail: '门口路灯不亮', place_words: '东兴社区' }))
  expect(told?.detail).toBe('门口路灯不亮。东兴社区')
})

test('a draft is worth keeping once something was written', () => {
  expect(isBegun(emptyCall('p', { kind: 'help' }))).toBe(false)
  expect(isBegun({ ...emptyCall('p'), person: { name: '', phone: '139', address: '' } })).toBe(true)
})

test('what the city has published comes before what was once answered to somebody', () => {
  const policy = { id: 'p1', question: '问', answer: '按规定办。', source: '文', topic: '', valid_from: null, valid_to: null }
  const found = slotsOf(ADVICE, [{ policy, fits: 0.9, passages: [] }], emptyCall('p'), ALL, NAMES)
  const reply = found.find((one) => one.digit === '0')
  expect([reply?.value, reply?.reason]).toEqual(['按规定办。', '问 · 文'])
})
