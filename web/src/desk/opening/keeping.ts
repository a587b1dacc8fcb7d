// Keeps what is written down as a draft on the server, so that neither a broken connection nor a reload loses
// it. In the browser lies only the draft's id: what callers say is nobody else's.
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, got, type Schemas } from '@/shared/api/client'
import { asTrouble } from '@/shared/api/trouble'

export type Draft = Schemas['DraftList']['drafts'][number]
export type Kept = 'nothing' | 'waiting' | 'kept' | 'elsewhere' | 'refused'

const PAUSE = 800
const AGAIN = 3_000
const OURS = 'yuzhi.draft'

const at = (draft: string) => ({ params: { path: { draft } } })

/** Keep `content` while `isBegun` says there is something; `restore` puts a kept one on the screen. */
export function useDraft<T extends object>(content: () => T, isBegun: () => boolean, restore: (kept: T) => void) {
  const id = ref(sessionStorage.getItem(OURS) ?? crypto.randomUUID())
  const kept = ref<Kept>('nothing')
  const others = shallowRef<Draft[]>([])
  let version = 0
  let last = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  let saving: Promise<void> = Promise.resolve()
  let isOver = false

  function plan(wait: number): void {
    clearTimeout(timer)
    if (!isOver) timer = setTimeout(() => void save(), wait)
  }

  /** Keep it now; wait for what is under way first. */
  function save(): Promise<void> {
    clearTimeout(timer)
    saving = saving.then(put)
    return saving
  }

  async function put(): Promise<void> {
    const said = JSON.stringify(content())
    if (said === last || !isBegun()) return
    try {
      const body = { version, content: JSON.parse(said) as Record<string, unknown> }
      const done = await got(api.PUT('/api/v1/calls/drafts/{draft}', { ...at(id.value), body }))
      version = done.version
      last = said
      sessionStorage.setItem(OURS, id.value)
      kept.value = 'kept'
      if (JSON.stringify(content()) !== last) plan(PAUSE)
    } catch (caught) {
      const trouble = asTrouble(caught)
      if (trouble.code === 'draft.stale') {
        // Somebody went on with it in another window: what is here becomes a draft of its own.
        kept.value = 'elsewhere'
        begin()
        plan(0)
      } else if (trouble.isUnreachable || trouble.status >= 500) {
        kept.value = 'waiting'
        plan(AGAIN)
      } else kept.value = 'refused'
    }
  }

  function begin(): void {
    id.value = crypto.randomUUID()
    version = 0
    last = ''
    sessionStorage.removeItem(OURS)
  }

  function open(draft: Draft): void {
    id.value = draft.id
    version = draft.version
    restore(draft.content as T)
    last = JSON.stringify(content())
    kept.value = 'kept'
    sessionStorage.setItem(OURS, draft.id)
    others.value = others.value.filter((one) => one.id !== draft.id)
  }

  async function drop(draft: Draft): Promise<void> {
    await api.DELETE('/api/v1/calls/drafts/{draft}', at(draft.id)).catch(() => undefined)
    others.value = others.value.filter((one) => one.id !== draft.id)
  }

  /** Put back what this window had, and learn of drafts that others left. */
  async function load(): Promise<void> {
    const found = await got(api.GET('/api/v1/calls/drafts')).catch(() => undefined)
    const mine = found?.drafts.find((one) => one.id === sessionStorage.getItem(OURS))
    others.value = found?.drafts.filter((one) => one !== mine) ?? []
    if (mine && !isBegun()) open(mine)
    else if (!mine) begin()
  }

  /** After it was sent: the server has dropped it, and the next one is another draft. */
  function next(): void {
    clearTimeout(timer)
    begin()
    kept.value = 'nothing'
  }

  watch(() => JSON.stringify(content()), (said) => {
    if (said === last || !isBegun()) return
    kept.value = kept.value === 'kept' ? 'waiting' : kept.value
    plan(PAUSE)
  })
  onScopeDispose(() => {
    isOver = true
    void save()
  })
  return { id: computed(() => id.value), kept, others, load, open, drop, next, save }
}
