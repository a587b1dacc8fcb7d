// Locates the device while a patrol lasts, on whichever of the worker's screens, and at no other time.
import { computed, onScopeDispose, ref, watch } from 'vue'
import { cellOf, patrol, walkThrough } from './cells'

export const noPosition = ref(false)
export const isWalking = computed(() => Boolean(patrol.value && !patrol.value.endedAt))

export function useWalking(): void {
  let watching: number | undefined

  function stop(): void {
    if (watching !== undefined) navigator.geolocation.clearWatch(watching)
    watching = undefined
  }

  function start(): void {
    noPosition.value = false
    watching = navigator.geolocation?.watchPosition(
      ({ coords }) => {
        noPosition.value = false
        walkThrough(cellOf(coords.longitude, coords.latitude))
      },
      () => {
        noPosition.value = true
      },
      { enableHighAccuracy: true },
    )
  }

  watch(isWalking, (walks) => (walks ? start() : stop()), { immediate: true })
  onScopeDispose(stop)
}
