// Guards what was written and not sent: leaving a page or closing it asks first.
import { onBeforeUnmount, ref, watchEffect, type Ref } from 'vue'
import { i18n } from './i18n'

const guards = new Set<Ref<boolean>>()
let isWatching = false

function onClose(event: BeforeUnloadEvent): void {
  if ([...guards].some((guard) => guard.value)) event.preventDefault()
}

/** Return a flag to raise while something is not saved. */
export function useUnsaved(): Ref<boolean> {
  const isUnsaved = ref(false)
  guards.add(isUnsaved)
  if (!isWatching) {
    addEventListener('beforeunload', onClose)
    isWatching = true
  }
  onBeforeUnmount(() => guards.delete(isUnsaved))
  return isUnsaved
}

/** Keep a flag raised for as long as `check` says so. */
export function guardWhile(check: () => boolean): void {
  const isUnsaved = useUnsaved()
  watchEffect(() => {
    isUnsaved.value = check()
  })
}

export async function mayLeave(): Promise<boolean> {
  if (![...guards].some((guard) => guard.value)) return true
  const goes = confirm(i18n.global.t('shared.unsaved'))
  if (goes) guards.clear()
  return goes
}
