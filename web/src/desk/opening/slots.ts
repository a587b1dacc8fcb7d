// What is suggested, each in a place of its own with a key of its own, so that a hand learns where it is.
// Nothing is filled in until its key is pressed, and what the operator chose is never replaced.
import type { FoundAnswer } from '@/shared/answers'
import type { Schemas } from '@/shared/api/client'
import type { Call, CallOptions } from './call'

export type Advice = Schemas['Advice']
export type SlotKind = 'category' | 'place' | 'unit' | 'issue' | 'duplicate' | 'reply'

export interface Slot {
  /** The digit that takes it, together with Alt. */
  digit: string
  kind: SlotKind
  value: string
  title: string
  /** Words of the text that speak for it, where the reason is words. */
  words: readonly string[]
  /** How sure, 0 to 1; undefined where nobody can say. */
  sure?: number
  reason: string
  isTaken: boolean
  /** Chosen by hand: this key does nothing. */
  isHeld: boolean
}

const FIELD: Record<SlotKind, string> = {
  category: 'category', place: 'territory', unit: 'lead', issue: 'into', duplicate: 'into', reply: 'reply',
}
const PLACES: Record<SlotKind, string> = { category: '123', place: '4', unit: '56', issue: '7', duplicate: '89', reply: '0' }

/** Below this a category that is not the first is no help to anybody. */
const LIKELY = 0.02

interface Names {
  place: (code: string) => string
  issue: (issue: NonNullable<Advice['issue']>) => string
}

type Found = Omit<Slot, 'digit' | 'isTaken' | 'isHeld' | 'kind'>

export function slotsOf(
  advice: Advice,
  policies: readonly FoundAnswer[],
  call: Call,
  may: CallOptions,
  names: Names,
): Slot[] {
  const found: Record<SlotKind, Found[]> = {
    category: advice.categories.filter((one, at) => !at || one.probability >= LIKELY).map((one) => ({
      value: one.code, title: one.name, words: one.words, sure: one.probability, reason: '',
    })),
    place: placeOf(advice, names),
    unit: may.lead
      ? advice.route.units.map((one) => ({
          value: one.unit, title: one.name, words: [], sure: one.probability, reason: one.reason,
        }))
      : [],
    issue: may.merge && advice.issue
      ? [{ value: advice.issue.id, title: advice.issue.title, words: [], reason: names.issue(advice.issue) }]
      : [],
    duplicate: may.merge
      ? advice.duplicates.map((one) => ({
          value: one.id, title: `${one.number} ${one.subject}`, words: one.words ?? [], sure: one.alike, reason: '',
        }))
      : [],
    reply: may.reply ? [...policies.map(publishedAs), ...repliesOf(advice)] : [],
  }
  return (Object.keys(PLACES) as SlotKind[]).flatMap((kind) =>
    found[kind].slice(0, PLACES[kind].length).map((one, at) => ({
      ...one,
      kind,
      digit: PLACES[kind].charAt(at),
      isTaken: heldIn(call, kind) === one.value,
      isHeld: isHeld(call, kind),
    })),
  )
}

/** What the city has published for everybody comes before what was once answered to somebody. */
function publishedAs({ policy, fits }: FoundAnswer): Found {
  const reason = [policy.question, policy.source].filter(Boolean).join(' · ')
  return { value: policy.answer, title: policy.answer, words: [], sure: fits, reason }
}

function repliesOf(advice: Advice): Found[] {
  return advice.similar.flatMap(({ answer, words, alike, number }) =>
    answer ? [{ value: answer, title: answer, words: words ?? [], sure: alike, reason: number }] : [],
  )
}

function placeOf(advice: Advice, names: Names): Found[] {
  if (!advice.territory) return []
  const named = advice.places.filter((one) => one.code && advice.territory.startsWith(one.code))
  const shown = named.length ? named : advice.places
  const [surest] = [...shown].sort((one, other) => other.score - one.score)
  if (!surest) return []
  return [{
    value: advice.territory, title: names.place(advice.territory), words: shown.map((one) => one.name),
    sure: surest.score, reason: '',
  }]
}

function heldIn(call: Call, kind: SlotKind): string {
  if (kind === 'category') return call.matter.category ?? ''
  if (kind === 'place') return call.matter.territory ?? ''
  if (kind === 'unit') return call.lead
  if (kind === 'reply') return call.reply
  return call.into?.id ?? ''
}

/** Say whether the operator has chosen, with no suggestion, what this one would fill in. */
export function isHeld(call: Call, kind: SlotKind): boolean {
  const now = heldIn(call, kind)
  if (now && now !== call.taken[FIELD[kind]]) return true
  const isReplied = Boolean(call.reply) && call.reply !== call.taken.reply
  return isReplied && (kind === 'unit' || kind === 'issue' || kind === 'duplicate')
}

/** Return the call with a suggestion taken; taken once more, it is given back. */
export function withTaken(call: Call, slot: Slot, point?: { lon: number; lat: number }): Call {
  if (isHeld(call, slot.kind)) return call
  const value = heldIn(call, slot.kind) === slot.value ? '' : slot.value
  const next: Call = { ...call, matter: { ...call.matter }, taken: { ...call.taken, [FIELD[slot.kind]]: value } }
  if (slot.kind === 'category') next.matter.category = value
  else if (slot.kind === 'place') {
    next.matter.territory = value
    next.matter.lon = value ? (point?.lon ?? null) : null
    next.matter.lat = value ? (point?.lat ?? null) : null
  } else {
    // Answered, merged or given to a unit: one of the three.
    Object.assign(next, { reply: '', lead: '', into: null })
    if (slot.kind === 'reply') next.reply = value
    else if (slot.kind === 'unit') next.lead = value
    else next.into = value ? { id: value, label: slot.title } : null
  }
  return next
}
