import { afterEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import admin from '@/admin/words'
import command from '@/command/words'
import desk from '@/desk/words'
import { fromQuery, NOTHING, toAsk, toQuery } from '@/desk/filters'
import { offeredByAll } from '@/shared/bulk'
import resident from '@/resident/words'
import { channelOf, likest, titleOf, withHeard } from '@/resident/say'
import { useListening } from '@/resident/listening'
import { done } from '@/shared/api/client'
import { safePath } from '@/shared/entrance/safe-path'
import shared from '@/shared/i18n/words'
import { readEvents } from '@/shared/live'
import { lightOf } from '@/shared/times'
import supervisor from '@/supervisor/words'
import worker from '@/worker/words'

afterEach(() => vi.unstubAllGlobals())

test('speech is written down piece by piece, where the browser can', () => {
  expect(effectScope().run(() => useListening(() => undefined))?.canListen).toBe(false)
  const ears: { onresult?: (event: object) => void; lang?: string }[] = []
  class Ear {
    onresult?: (event: object) => void
    lang?: string
    constructor() {
      ears.push(this)
    }
    start(): void {}
    stop(): void {}
  }
  vi.stubGlobal('SpeechRecognition', Ear)
  let written = ''
  const scope = effectScope()
  const ear = scope.run(() => useListening((heard) => (written = withHeard(written, heard))))
  ear?.toggle()
  expect([ear?.isListening.value, ears[0]?.lang]).toEqual([true, 'zh-CN'])
  ears[0]?.onresult?.({ resultIndex: 1, results: [[{ transcript: '旧' }], [{ transcript: '路灯' }], [{ transcript: '坏了' }]] })
  expect(written).toBe('路灯坏了')
  expect(withHeard('the lamp', 'is out')).toBe('the lamp is out')
  ear?.toggle()
  expect(ear?.isListening.value).toBe(false)
  scope.stop()
})

test('what is likest to what is written comes first', () => {
  const near = ['占道经营', '路灯照明', '窨井盖']
  expect(likest(near, '小区路灯不亮', (one) => one, 2)).toEqual(['路灯照明', '占道经营'])
  expect(likest(near, '', (one) => one, 3)).toEqual(near)
})

function keys(words: object, above = ''): string[] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === 'object' ? keys(value as object, `${above}${name}.`) : [`${above}${name}`],
  )
}

test.each(Object.entries({ shared, resident, worker, desk, supervisor, command, admin }))(
  '%s says the same things in both languages',
  (_, words) => {
    expect(keys(words.en).sort()).toEqual(keys(words.zh).sort())
  },
)

test('events of a stream are read whole, and what is not whole yet is kept', () => {
  const { events, rest } = readEvents(': listening\r\n\r\nid: 1-2\nevent: matter\ndata: {"a":1}\n\nid: 3')
  expect(events).toEqual([{ id: '1-2', event: 'matter', data: '{"a":1}' }])
  expect(rest).toBe('id: 3')
})

test('a place without an event is kept, so that nothing is missed before the first one', () => {
  expect(readEvents(': listening\nid: 7-1\n\n').events).toEqual([{ id: '7-1', event: 'message', data: '' }])
  expect(readEvents(': still here\n\n').events).toEqual([])
})

test('a light is what the server says, carried on by the clock', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  const due = { due_at: '2026-03-01T14:00:00Z', amber_at: '2026-03-01T11:00:00Z' }
  expect(lightOf(due, now)).toBe('amber')
  expect(lightOf({ ...due, amber_at: '2026-03-01T13:00:00Z' }, now)).toBe('green')
  expect(lightOf({ ...due, due_at: '2026-03-01T12:00:00Z' }, now)).toBe('red')
  expect(lightOf({ ...due, is_paused: true }, now)).toBe('paused')
  expect(lightOf({ ...due, is_breached: true, ended_at: 'x' }, now)).toBe('red')
  expect(lightOf({}, now)).toBe('none')
})

test('signing in leads to our own addresses only', () => {
  expect(safePath('/desk/search?q=a')).toBe('/desk/search?q=a')
  for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', undefined]) {
    expect(safePath(bad)).toBe('/desk')
  }
})

test('a title is the first sentence, not longer than a line', () => {
  expect(titleOf('路灯不亮。三天了')).toBe('路灯不亮')
  expect([...titleOf('长'.repeat(80))]).toHaveLength(40)
  expect(titleOf('  \n  ')).toBe('')
})

test('a page speaks through a channel its procedure knows', () => {
  expect(channelOf(['web', 'mobile'], true)).toBe('mobile')
  expect(channelOf(['hotline', 'web'], true)).toBe('web')
  expect(channelOf(['hotline'], false)).toBe('hotline')
})

test('filters live in the address and go out as the API takes them', () => {
  const filters = { ...NOTHING, state: 'handling', breached: 'true' as const }
  expect(toQuery(filters)).toEqual({ state: 'handling', breached: 'true' })
  expect(fromQuery(toQuery(filters))).toEqual(filters)
  expect(toAsk(filters)).toMatchObject({ state: ['handling'], breached: true })
  expect(toAsk(NOTHING)).not.toHaveProperty('breached')
})

test('several matters are offered the steps that all of them allow', () => {
  const one = (step: string, is_allowed: boolean) => ({ step, is_allowed }) as never
  expect(offeredByAll([[one('sign', true), one('wait', true)], [one('sign', true), one('wait', false)]])).toHaveLength(1)
  expect(offeredByAll([])).toEqual([])
})

test('what answers without words is done, or says why not', async () => {
  await done(Promise.resolve({ response: new Response(null, { status: 202 }) }))
  const refused = { code: 'signature.code_wait', title: '请稍候。', status: 429 }
  const response = new Response(null, { status: 429 })
  await expect(done(Promise.resolve({ error: refused, response }))).rejects.toMatchObject(refused)
})
