// What the acting post may administer, asked once for each post.
import { computed, shallowRef, watch } from 'vue'
import { api, got, type Schemas } from '@/shared/api/client'
import { asTrouble, type Trouble } from '@/shared/api/trouble'
import { useSession } from '@/shared/session'

type Standing = Schemas['StandingView']

const standing = shallowRef<Standing>()
const trouble = shallowRef<Trouble>()
let askedFor = ''

async function ask(post: string): Promise<void> {
  askedFor = post
  trouble.value = undefined
  standing.value = undefined
  try {
    const found = await got(api.GET('/api/v1/admin/powers'))
    if (askedFor === post) standing.value = found
  } catch (caught) {
    if (askedFor === post) trouble.value = asTrouble(caught)
  }
}

export function useStanding() {
  const { post } = useSession()
  watch(post, (now) => now && now !== askedFor && void ask(now), { immediate: true })
  return {
    standing,
    trouble,
    again: () => ask(post.value),
    held: computed(() => new Set(standing.value?.powers.filter((one) => one.is_held).map((one) => one.power))),
  }
}

export type { Standing }
