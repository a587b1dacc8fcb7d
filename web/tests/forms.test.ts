import { expect, test } from 'vitest'
import { asksOf, begun, missing, repliesOf } from '@/shared/forms/steps'
import type { Option } from '@/shared/matters'

function option(said: Partial<Option>): Option {
  return {
    step: 'answer', is_allowed: true, to: '', form: '', needs: [], texts: [], reasons: [], needs_reason: false,
    outcomes: [], does: [], opens: [], why_not: '', ...said,
  }
}

test('the effects of a step say what is asked for', () => {
  expect(asksOf(option({ does: ['assign'], needs_reason: true }))).toMatchObject({ units: true, reason: 'words' })
  expect(asksOf(option({ does: ['verdict', 'reopen'] }))).toMatchObject({ verdict: true, units: false })
  expect(asksOf(option({ reasons: ['late'], outcomes: ['a', 'b'] }))).toMatchObject({ reason: 'choice', outcome: true })
})

test('the only outcome goes without saying, and the entries seen go along', () => {
  expect(begun(option({ outcomes: ['solved'] }), { version: 7 })).toMatchObject({ outcome: 'solved', version: 7 })
  expect(begun(option({ outcomes: ['solved', 'explained'] }), { version: 7 }).outcome).toBeUndefined()
})

test('the first thing that is missing is named', () => {
  const asks = option({ outcomes: ['a', 'b'], texts: ['reply'], needs: ['photo_after'] })
  expect(missing(asks, {})).toBe('outcome')
  expect(missing(asks, { outcome: 'a', texts: { reply: ' ' } })).toBe('text.reply')
  expect(missing(asks, { outcome: 'a', texts: { reply: 'done' } })).toBe('evidence.photo_after')
  const attachments = [{ kind: 'photo_after', file: 'f' }]
  expect(missing(asks, { outcome: 'a', texts: { reply: 'done' }, attachments })).toBe('')
})

test('a hand-over asks where to, where there are several ways, and replies are those of a step that settles', () => {
  const option = {
    step: 's', is_allowed: true, to: '', form: '', needs: [], texts: ['reply'], reasons: [], needs_reason: false, outcomes: [],
    does: ['hand_over'], why_not: '', facts: {}, opens: ['a', 'b'],
  } as unknown as Option
  const body = { texts: { reply: 'x' } }
  expect(missing(option, body)).toBe('hand_over')
  expect(missing({ ...option, opens: ['a'] }, body)).toBe('')
  expect(repliesOf(option)).toEqual([])
  expect(repliesOf({ ...option, does: ['resolve'] })).toEqual(['reply'])
})
