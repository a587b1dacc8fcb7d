// Spans of days as the reader's own calendar has them. The last day of a span belongs to it.

export interface Span {
  from: string
  to: string
}

export const PRESETS = ['days30', 'days90', 'month', 'last_month', 'year'] as const
export type Preset = (typeof PRESETS)[number]

const DAY = 86_400_000

const dated = (year: number, month: number, day: number): string =>
  new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10)

export function preset(name: Preset, now = new Date()): Span {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()]
  const today = dated(year, month, day)
  if (name === 'days30') return { from: dated(year, month, day - 29), to: today }
  if (name === 'days90') return { from: dated(year, month, day - 89), to: today }
  if (name === 'month') return { from: dated(year, month, 1), to: today }
  if (name === 'last_month') return { from: dated(year, month - 1, 1), to: dated(year, month, 0) }
  return { from: dated(year, 0, 1), to: today }
}

/** Return the preset a span is, if it is one. */
export function presetOf(span: Span, now = new Date()): Preset | undefined {
  return PRESETS.find((one) => {
    const found = preset(one, now)
    return found.from === span.from && found.to === span.to
  })
}

const local = (on: string, days = 0): string | undefined => {
  const [year, month, day] = on.split('-').map(Number)
  if (!year || !month || !day) return undefined
  return new Date(year, month - 1, day + days).toISOString()
}

/** Return a span as instants, the second one no longer in it. */
export function instants(from: string, to: string): { opened_from?: string; opened_to?: string } {
  const [begins, ends] = [local(from), local(to, 1)]
  return { ...(begins && { opened_from: begins }), ...(ends && { opened_to: ends }) }
}

/** Return the days of a month (2026-03) or an ISO week (2026-W09). */
export function spanOf(by: 'month' | 'week' | 'day', group: string): Span | undefined {
  if (by === 'day') return /^\d{4}-\d\d-\d\d$/.test(group) ? { from: group, to: group } : undefined
  const found = by === 'month' ? /^(\d{4})-(\d\d)$/.exec(group) : /^(\d{4})-W(\d\d)$/.exec(group)
  if (!found) return undefined
  const [year, nth] = [Number(found[1]), Number(found[2])]
  if (by === 'month') return { from: dated(year, nth - 1, 1), to: dated(year, nth, 0) }
  // The week with 4 January is the first one; weeks begin on Monday.
  const fourth = Date.UTC(year, 0, 4)
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY + (nth - 1) * 7 * DAY
  const on = (at: number): string => new Date(at).toISOString().slice(0, 10)
  return { from: on(monday), to: on(monday + 6 * DAY) }
}
