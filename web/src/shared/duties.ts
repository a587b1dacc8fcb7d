// What duties and kinds of units are called: every pack that names them says it.
import { shallowRef, watch } from 'vue'
import { i18n, language } from './i18n'
import { procedure, procedures } from './packs'

const words = shallowRef<Record<string, string>>({})
let isAsked = false

async function load(): Promise<void> {
  const lines = await procedures().catch(() => [])
  const found = await Promise.all(lines.map((one) => procedure(one.name).catch(() => undefined)))
  words.value = Object.assign({}, ...found.map((one) => one?.words ?? {})) as Record<string, string>
}

function ofThePlatform(duty: string): string {
  const key = `shared.duty.${duty}`
  return i18n.global.te(key) ? i18n.global.t(key) : duty
}

watch(language, () => {
  if (isAsked) void load()
})

export function usePosts() {
  if (!isAsked) {
    isAsked = true
    void load()
  }
  return {
    duty: (name: string): string => words.value[`duty.${name}`] ?? ofThePlatform(name),
    unitKind: (name: string): string => words.value[`unit_kind.${name}`] ?? name,
    /** A word of any pack, for lists that mix procedures. */
    any: (section: string, name: string): string => words.value[`${section}.${name}`] ?? name,
  }
}
