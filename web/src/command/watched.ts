// Something asked again and again for as long as the wall is up. What was there stays while nobody answers.
import { onScopeDispose, ref, watch } from 'vue'
import { useAsked, type Asked } from '@/shared/asked'

export interface Watched<T> extends Asked<T> {
  /** When the server last answered. */
  readAt: Readonly<ReturnType<typeof ref<number | null>>>
}

export function useWatched<T>(ask: () => Promise<T>, every: number): Watched<T> {
  const asked = useAsked(ask)
  const readAt = ref<number | null>(null)
  watch(asked.isWaiting, (isWaiting) => {
    if (!isWaiting && !asked.trouble.value) readAt.value = Date.now()
  })
  const timer = setInterval(() => {
    if (!asked.isWaiting.value) void asked.again()
  }, every)
  onScopeDispose(() => clearInterval(timer))
  return { ...asked, readAt }
}
