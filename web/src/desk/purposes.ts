// What personal data may be read for: the closed list as the server tells it to this post.
import { shallowRef } from 'vue'
import { api, got, type Schemas } from '@/shared/api/client'

export type Purpose = Schemas['Reveal']['purpose']
export type PurposeView = Schemas['PurposeView']

const purposes = shallowRef<PurposeView[]>([])
let asked: Promise<void> | undefined

export function usePurposes() {
  asked ??= got(api.GET('/api/v1/requesters/purposes'))
    .then((found) => {
      purposes.value = found.purposes
    })
    .catch(() => {
      asked = undefined
    })
  return purposes
}
