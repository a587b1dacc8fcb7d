// Who is signed in and as which post. One state for the whole page.
import { computed, ref, shallowRef } from 'vue'
import { api, got, type Schemas } from './api/client'
import { asTrouble } from './api/trouble'
import { signing } from './signing'
import { useWelcome } from './welcome'

type Answer = Schemas['SessionAnswer']
export type Choice = Schemas['PostChoice']

const answer = shallowRef<Answer | null>(null)
const isLoaded = ref(false)
const isUnreachable = ref(false)
let loading: Promise<void> | null = null

function take(found: Answer | null): void {
  answer.value = found
  signing.csrf = found?.csrf_token ?? ''
  signing.isStaff = Boolean(found?.person)
  isLoaded.value = true
}

async function ask(): Promise<void> {
  const welcome = await useWelcome().load()
  isUnreachable.value = false
  if (signing.trialPost) {
    const trial = welcome.posts.find((one) => one.post === signing.trialPost)
    if (!trial) signing.trialPost = ''
    else {
      const { post, unit, duties, territory } = trial
      const choice = { post, unit, duties, territory, through: '' }
      take({
        means: 'trial', account: '', person: trial.person, matter: null, post, posts: [choice], csrf_token: '',
      })
      return
    }
  }
  take(await got(api.GET('/api/v1/session')).catch((caught: unknown) => {
    if (asTrouble(caught).status === 401) return null
    throw caught
  }))
}

/** Find out who is signed in, unless it is known already. Offline, whoever it was stays. */
async function load(again = false): Promise<void> {
  if (isLoaded.value && !again) return
  loading ??= ask()
    .catch((caught: unknown) => {
      isUnreachable.value = asTrouble(caught).isUnreachable
      if (!isUnreachable.value) take(null)
    })
    .finally(() => {
      loading = null
    })
  await loading
}

async function actAs(post: string): Promise<void> {
  if (signing.trialPost) {
    signing.trialPost = post
    await load(true)
  } else take(await got(api.PUT('/api/v1/session/post', { body: { post } })))
}

async function signOut(): Promise<void> {
  if (signing.trialPost) signing.trialPost = ''
  else await got(api.DELETE('/api/v1/session')).catch(() => undefined)
  await globalThis.caches?.delete('yuzhi-worker-read').catch(() => false)
  take(null)
}

export function useSession() {
  return {
    answer: computed(() => answer.value),
    post: computed(() => {
      const found = answer.value
      if (!found) return ''
      return found.post || (found.posts.length === 1 ? (found.posts[0]?.post ?? '') : '')
    }),
    choice: computed<Choice | undefined>(() => {
      const found = answer.value
      return found?.posts.find((one) => one.post === found.post) ?? found?.posts[0]
    }),
    choices: computed(() => answer.value?.posts ?? []),
    isLoaded,
    isUnreachable,
    load,
    take,
    actAs,
    signOut,
  }
}
