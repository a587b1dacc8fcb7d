// The one queue of the grid worker's screens, made by their frame and used by all of them.
import { inject, type InjectionKey } from 'vue'
import type { useSync } from './sync'

export type Sync = ReturnType<typeof useSync>
export const SYNC: InjectionKey<Sync> = Symbol('sync')

export function useQueue(): Sync {
  const found = inject(SYNC)
  if (!found) throw new Error('outside of the worker frame')
  return found
}
