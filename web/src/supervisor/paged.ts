// A list that is fetched page by page, begun anew when what it is asked with changes.
import { computed, ref, shallowRef, type WatchSource } from 'vue'
import { useAsked } from '@/shared/asked'
import type { Row } from '@/shared/matters'
import type { Schemas } from '@/shared/api/client'

export function usePaged(page: (after?: string) => Promise<Schemas['PageView']>, on: WatchSource[] = []) {
  const more = shallowRef<Row[]>([])
  const next = ref<string | null>(null)
  const asked = useAsked(async () => {
    const found = await page()
    more.value = []
    next.value = found.next ?? null
    return found.rows
  }, on)
  const rows = computed(() => [...(asked.value.value ?? []), ...more.value])

  async function goOn(): Promise<void> {
    const after = next.value ?? undefined
    const found = await page(after)
    if (next.value !== after) return
    more.value = [...more.value, ...found.rows]
    next.value = found.next ?? null
  }

  return { asked, rows, next, goOn }
}
