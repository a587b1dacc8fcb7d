// Asks for suggestions while somebody types: soon after a pause, and now and then in a long sentence.
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { answersWhile, type FoundAnswer } from '@/shared/answers'
import { api, got, type Schemas } from '@/shared/api/client'
import type { Call } from './call'
import type { Advice } from './slots'

const PAUSE = 350
const LONGEST = 1_200
const LEAST = 4

/** Return what is told of a call so far; undefined while there is too little to say anything about. */
export function toldOf(call: Call): Schemas['Told'] | undefined {
  const { matter } = call
  const detail = [matter.detail, matter.place_words].filter((one) => one?.trim()).join('。')
  if (`${matter.subject}${detail}`.trim().length < LEAST) return undefined
  return {
    procedure: matter.procedure, subject: matter.subject, detail, territory: matter.territory ?? '',
    category: matter.category ?? '', kind: matter.kind, channel: matter.channel ?? '', urgency: matter.urgency ?? '',
  }
}

export function useSuggestions(call: () => Call) {
  const advice = shallowRef<Advice>()
  const policies = shallowRef<FoundAnswer[]>([])
  const isSilent = ref(false)
  let asking: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let since = 0

  async function ask(told: Schemas['Told']): Promise<void> {
    since = 0
    asking?.abort()
    const mine = (asking = new AbortController())
    try {
      const [found, answers] = await Promise.all([
        got(api.POST('/api/v1/suggestions', { body: told, signal: mine.signal })),
        answersWhile(`${told.subject} ${told.detail}`),
      ])
      if (mine !== asking) return
      advice.value = found
      policies.value = answers
      isSilent.value = false
    } catch {
      // Suggestions help; that there are none now must not stand in anybody's way.
      if (mine === asking) isSilent.value = true
    }
  }

  watch(
    () => JSON.stringify(toldOf(call()) ?? null),
    (said) => {
      clearTimeout(timer)
      const told = JSON.parse(said) as Schemas['Told'] | null
      if (!told) {
        asking?.abort()
        asking = undefined
        advice.value = undefined
        policies.value = []
        return
      }
      since ||= Date.now()
      timer = setTimeout(() => void ask(told), Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())))
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    asking?.abort()
  })
  return { advice, policies, isSilent }
}
