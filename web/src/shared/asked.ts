// One thing asked of the server and its states: waiting, there, empty, refused.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type WatchSource } from 'vue'
import { asTrouble, type Trouble } from './api/trouble'

export interface Asked<T> {
  value: Readonly<Ref<T | undefined>>
  trouble: Readonly<Ref<Trouble | undefined>>
  isWaiting: Readonly<Ref<boolean>>
  again: () => Promise<void>
}

/** Ask now and whenever one of `on` changes. An answer that comes after a newer question is dropped. */
export function useAsked<T>(ask: () => Promise<T>, on: WatchSource[] = []): Asked<T> {
  const value = shallowRef<T>()
  const trouble = shallowRef<Trouble>()
  const isWaiting = ref(true)
  let turn = 0
  const again = async (): Promise<void> => {
    const mine = ++turn
    isWaiting.value = true
    try {
      const found = await ask()
      if (mine !== turn) return
      value.value = found
      trouble.value = undefined
    } catch (caught) {
      if (mine !== turn) return
      trouble.value = asTrouble(caught)
    } finally {
      if (mine === turn) isWaiting.value = false
    }
  }
  if (on.length) watch(on, () => void again())
  onScopeDispose(() => {
    turn = -1
  })
  void again()
  return { value, trouble, isWaiting, again }
}
