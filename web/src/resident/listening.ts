// Speech to text, where the browser can.
import { onScopeDispose, ref } from 'vue'
import { tag } from '@/shared/i18n'

interface Recognition {
  lang: string
  continuous: boolean
  interimResults: boolean
  start(): void
  stop(): void
  onresult: ((event: { resultIndex: number; results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void) | null
  onend: (() => void) | null
  onerror: (() => void) | null
}

type Maker = new () => Recognition

export function useListening(hear: (words: string) => void) {
  const found = window as unknown as { SpeechRecognition?: Maker; webkitSpeechRecognition?: Maker }
  const make = found.SpeechRecognition ?? found.webkitSpeechRecognition
  const isListening = ref(false)
  let ear: Recognition | undefined

  function stop(): void {
    ear?.stop()
    isListening.value = false
  }

  function toggle(): void {
    if (isListening.value || !make) {
      stop()
      return
    }
    ear = new make()
    ear.lang = tag.value
    ear.continuous = true
    ear.interimResults = false
    ear.onresult = ({ resultIndex, results }) => {
      for (const one of Array.from(results).slice(resultIndex)) hear(one[0]?.transcript ?? '')
    }
    ear.onend = ear.onerror = () => {
      isListening.value = false
    }
    ear.start()
    isListening.value = true
  }

  onScopeDispose(stop)
  return { canListen: Boolean(make), isListening, toggle }
}
