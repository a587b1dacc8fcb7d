// Looks something up while somebody types: a moment after the last key, and only the latest answer counts.
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

const PAUSE = 200

export interface Finding<T> {
  words: Ref<string>
  found: Readonly<Ref<readonly T[]>>
}

/** Ask for what the words say; nobody to ask, and no words, find nothing. */
export function useFinding<T>(ask: (said: string) => Promise<readonly T[]>): Finding<T> {
  const words = ref('')
  const found = shallowRef<readonly T[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  watch(words, (typed) => {
    clearTimeout(timer)
    const mine = ++turn
    const said = typed.trim()
    if (!said) {
      found.value = []
      return
    }
    timer = setTimeout(async () => {
      const answer = await ask(said).catch(() => [])
      if (mine === turn) found.value = answer
    }, PAUSE)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    turn = -1
  })
  return { words, found }
}
