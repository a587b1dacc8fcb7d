// The lights of a matter's clocks.
import type { Schemas } from '@/shared/api/client'
import { lightOf, type Light } from '@/shared/times'

type Clock = Schemas['Clock']

export function clockLight(one: Clock, now = Date.now()): Light {
  if (one.state === 'stopped') return one.breached_at ? 'red' : 'kept'
  return lightOf(
    {
      due_at: one.due_at,
      amber_at: one.amber_at,
      is_paused: one.state === 'paused',
      is_breached: Boolean(one.breached_at),
    },
    now,
  )
}

/** Return the clock to look at first: of those that run, the one due first. */
export function leading(clocks: readonly Clock[]): Clock | undefined {
  return clocks
    .filter((one) => one.state !== 'stopped')
    .sort((one, other) => one.due_at.localeCompare(other.due_at))[0]
}
