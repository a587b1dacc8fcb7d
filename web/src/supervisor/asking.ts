// What a table of rates is asked with: kept in the address, handed on unchanged to the list behind a figure.
import type { LocationQuery } from 'vue-router'
import type { paths } from '@/shared/api/schema'
import { instants, spanOf } from './period'

type Query = NonNullable<paths['/api/v1/rates/matters']['get']['parameters']['query']>
export type By = NonNullable<Query['by']>
export type Figure = Query['figure']

export interface Asking {
  by: By
  procedure: string
  territory: string
  unit: string
  category: string
  from: string
  to: string
}

export const DIMENSIONS: readonly By[] = [
  'unit', 'district', 'town', 'community', 'category', 'kind', 'channel', 'month', 'week', 'day',
]
export const TIMES: readonly By[] = ['month', 'week', 'day']

/** The rates of a table: what is counted, and of what. Each is a field of `RatesView` of the first name. */
export const RATES = [
  { name: 'answered', of: 'received' },
  { name: 'on_time', of: 'concluded' },
  { name: 'heard', of: 'answered' },
  { name: 'solved', of: 'verdicts' },
  { name: 'satisfied', of: 'verdicts' },
  { name: 'returned', of: 'given' },
  { name: 'disputed', of: 'ever_answered' },
  { name: 'supervised', of: 'received' },
] as const satisfies readonly { name: Figure; of: Figure }[]
export type RateName = (typeof RATES)[number]['name']

const NAMES = ['by', 'procedure', 'territory', 'unit', 'category', 'from', 'to'] as const

export function fromQuery(query: LocationQuery, otherwise: Asking): Asking {
  const found = { ...otherwise }
  for (const name of NAMES) {
    const value = query[name]
    if (typeof value === 'string') Object.assign(found, { [name]: value })
  }
  return [...DIMENSIONS, 'all'].includes(found.by) ? found : { ...found, by: otherwise.by }
}

/** Return the address of a question; what is not asked for is left out. */
export function toQuery(asking: Asking): Record<string, string> {
  return Object.fromEntries(NAMES.map((name) => [name, asking[name]]).filter(([, value]) => value))
}

/** Return a question as the API takes it. */
export function toAsk(asking: Asking) {
  const { by, procedure, territory, unit, category, from, to } = asking
  return { by, procedure, territory, unit, category, ...instants(from, to) }
}

/** Return the question that looks into one group; nothing for a group that cannot be looked into. */
export function into(asking: Asking, group: string): Asking | undefined {
  if (!group) return undefined
  if (asking.by === 'unit') return { ...asking, by: 'category', unit: group }
  if (asking.by === 'district') return { ...asking, by: 'town', territory: group }
  if (asking.by === 'town') return { ...asking, by: 'community', territory: group }
  if (asking.by === 'community') return { ...asking, by: 'category', territory: group }
  if (asking.by === 'category' && group !== asking.category) return { ...asking, category: group }
  const span = asking.by === 'month' || asking.by === 'week' ? spanOf(asking.by, group) : undefined
  return span ? { ...asking, by: 'day', ...inside(span, asking) } : undefined
}

function inside(span: { from: string; to: string }, asking: Asking): { from: string; to: string } {
  return {
    from: asking.from > span.from ? asking.from : span.from,
    to: asking.to && asking.to < span.to ? asking.to : span.to,
  }
}

/** Sort groups by what they are called, never by how they do; those without a name come last. */
export function byName<T extends { group: string }>(groups: readonly T[], nameOf: (group: string) => string, tag: string): T[] {
  const order = new Intl.Collator(tag, { numeric: true })
  return [...groups].sort(
    (one, other) =>
      Number(!one.group) - Number(!other.group) || order.compare(nameOf(one.group), nameOf(other.group)),
  )
}
