// The limits of a matter that still matter to its requester.
import type { Schemas } from '@/shared/api/client'

export interface ClockLine {
  name: string
  how: 'due' | 'late' | 'paused'
  at: string
}

/** Return the limits that run or are paused, the one due first in front; one line a name. */
export function clockLines(clocks: readonly Schemas['Clock'][], now = Date.now()): ClockLine[] {
  const live = clocks.filter((one) => one.state !== 'stopped')
  const sorted = [...live].sort((one, other) => one.due_at.localeCompare(other.due_at))
  const found = new Map<string, ClockLine>()
  for (const one of sorted) {
    const isLate = Boolean(one.breached_at) || new Date(one.due_at).getTime() <= now
    const how = one.state === 'paused' ? 'paused' : isLate ? 'late' : 'due'
    if (!found.has(one.name)) found.set(one.name, { name: one.name, how, at: one.due_at })
  }
  return [...found.values()]
}
