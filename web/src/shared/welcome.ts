// Which city this is and how one may sign in: asked once.
import { shallowRef } from 'vue'
import { api, got, type Schemas } from './api/client'

export type Welcome = Schemas['WelcomeView']

const found = shallowRef<Welcome | null>(null)
let asking: Promise<Welcome> | null = null

async function load(): Promise<Welcome> {
  if (found.value) return found.value
  asking ??= got(api.GET('/api/v1/welcome')).finally(() => {
    asking = null
  })
  found.value = await asking
  return found.value
}

export function useWelcome() {
  return { welcome: found, load }
}
