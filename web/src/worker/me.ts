// Which post this device works for, remembered for when nobody can be asked.
import { shallowRef } from 'vue'
import type { Choice } from '@/shared/session'

const KEPT = 'yuzhi.worker-post'

function read(): Choice | undefined {
  try {
    return (JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Choice | null) ?? undefined
  } catch {
    return undefined
  }
}

export const myPost = shallowRef<Choice | undefined>(read())

export function rememberPost(choice: Choice | undefined): void {
  if (!choice) return
  myPost.value = choice
  localStorage.setItem(KEPT, JSON.stringify(choice))
}
