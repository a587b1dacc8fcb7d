// Instants in the reader's own zone: short to read, exact on hover. And how a limit stands.
import { tag } from './i18n'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function exact(at: string): string {
  return new Intl.DateTimeFormat(tag.value, { dateStyle: 'full', timeStyle: 'long' }).format(new Date(at))
}

/** The day with its weekday, and the minute: how one tells a limit to somebody. */
export function told(at: string): string {
  return new Intl.DateTimeFormat(tag.value, {
    month: 'long', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false,
  }).format(new Date(at))
}

export function short(at: string, now = Date.now()): string {
  const when = new Date(at)
  const isThisYear = when.getFullYear() === new Date(now).getFullYear()
  return new Intl.DateTimeFormat(tag.value, {
    ...(isThisYear ? {} : { year: 'numeric' }),
    month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false,
  }).format(when)
}

export function day(on: string): string {
  return new Intl.DateTimeFormat(tag.value, { dateStyle: 'medium' }).format(new Date(on))
}

/** How far away an instant is, in words: 3 hours ago, in 2 days. */
export function distance(at: string, now = Date.now()): string {
  const span = new Date(at).getTime() - now
  const words = new Intl.RelativeTimeFormat(tag.value, { numeric: 'auto' })
  const size = Math.abs(span)
  if (size < HOUR) return words.format(Math.round(span / MINUTE), 'minute')
  if (size < 2 * DAY) return words.format(Math.round(span / HOUR), 'hour')
  return words.format(Math.round(span / DAY), 'day')
}

export type Light = 'none' | 'green' | 'amber' | 'red' | 'paused' | 'kept'

interface Limited {
  due_at?: string | null
  amber_at?: string | null
  is_paused?: boolean
  is_breached?: boolean
  ended_at?: string | null
}

/** Return the light of a limit: what the server says, carried on by the clock until it says it again. */
export function lightOf(one: Limited, now = Date.now()): Light {
  if (one.is_breached) return 'red'
  if (one.ended_at || !one.due_at) return one.is_paused ? 'paused' : 'none'
  if (one.is_paused) return 'paused'
  if (new Date(one.due_at).getTime() <= now) return 'red'
  if (one.amber_at && new Date(one.amber_at).getTime() <= now) return 'amber'
  return 'green'
}
