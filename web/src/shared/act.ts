// Something one does and is told the outcome of: refused in the server's words, or done.
import { ref, shallowRef } from 'vue'
import { asTrouble, type Trouble } from './api/trouble'

export function useAct() {
  const trouble = shallowRef<Trouble>()
  const done = ref('')
  const isBusy = ref(false)

  async function act(work: () => Promise<unknown>, says = ''): Promise<boolean> {
    isBusy.value = true
    trouble.value = undefined
    done.value = ''
    try {
      await work()
      done.value = says
      return true
    } catch (caught) {
      trouble.value = asTrouble(caught)
      return false
    } finally {
      isBusy.value = false
    }
  }
  return { trouble, done, isBusy, act }
}
