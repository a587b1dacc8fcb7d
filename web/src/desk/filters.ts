// The filters of a worklist: what is asked of the server, kept in the address, saved under a name.
import type { LocationQuery } from 'vue-router'

export interface Filters {
  order: 'due' | 'newest'
  procedure: string
  state: string
  kind: string
  urgency: string
  category: string
  territory: string
  breached: '' | 'true' | 'false'
}

export const NOTHING: Filters = {
  order: 'due', procedure: '', state: '', kind: '', urgency: '', category: '', territory: '', breached: '',
}
const KEPT = 'yuzhi.filters'

export function fromQuery(query: LocationQuery): Filters {
  const found = { ...NOTHING }
  for (const name of Object.keys(NOTHING) as (keyof Filters)[]) {
    const value = query[name]
    if (typeof value === 'string') Object.assign(found, { [name]: value })
  }
  return found
}

/** Return what differs from no filter at all: for the address, and to tell whether anything is filtered. */
export function toQuery(filters: Filters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filters).filter(([name, value]) => value !== NOTHING[name as keyof Filters]),
  )
}

/** Return the filters as the API takes them. */
export function toAsk(filters: Filters) {
  const { state, breached, ...rest } = filters
  return {
    ...rest,
    ...(state && { state: [state] }),
    ...(breached && { breached: breached === 'true' }),
  }
}

/** Return the filters as an address has them that is not asked for through the client: a file's. */
export function toSearch(filters: Filters): URLSearchParams {
  const told = Object.entries(filters).filter(([, value]) => value)
  return new URLSearchParams(told as [string, string][])
}

export type Saved = Record<string, Filters>

export function savedFilters(): Saved {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Saved
  } catch {
    return {}
  }
}

export function save(saved: Saved): void {
  localStorage.setItem(KEPT, JSON.stringify(saved))
}
