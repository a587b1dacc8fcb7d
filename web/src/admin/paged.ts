// A list that goes on: the first page is asked anew when a filter changes, the next ones by hand.
import { computed, ref, shallowRef, type WatchSource } from 'vue'
import { useAsked } from '@/shared/asked'

interface Page<T> {
  rows: readonly T[]
  next: string
}

export function usePages<T>(ask: (after: string) => Promise<Page<T>>, on: WatchSource[] = []) {
  const more = shallowRef<T[]>([])
  const next = ref('')
  const asked = useAsked(async () => {
    const page = await ask('')
    more.value = []
    next.value = page.next
    return page.rows
  }, on)
  async function goOn(): Promise<void> {
    const page = await ask(next.value)
    more.value = [...more.value, ...page.rows]
    next.value = page.next
  }
  return { asked, rows: computed(() => [...(asked.value.value ?? []), ...more.value]), next, goOn }
}

/** A filter's text, that is asked for once nobody has typed for a moment. */
export function useTyped(wait = 300) {
  const typed = ref('')
  const settled = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    typed,
    settled,
    settle: () => {
      clearTimeout(timer)
      timer = setTimeout(() => (settled.value = typed.value.trim()), wait)
    },
  }
}
