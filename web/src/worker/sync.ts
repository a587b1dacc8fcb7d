// Sends what waits, exactly once: an item keeps its id however often it is sent, and the server knows it by it.
import { liveQuery } from 'dexie'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { api, got, putFile, type Schemas } from '@/shared/api/client'
import { asTrouble } from '@/shared/api/trouble'
import { LOCAL, store, type Done, type ItemAnswer, type Kept } from './store'

const AT_ONCE = 100
const EVERY = 20_000

/** Send everything that waits for a post; return how many were settled. Nothing is lost if this breaks off. */
export async function sendAll(post: string): Promise<number> {
  let settled = 0
  for (;;) {
    const items = await store.items.where({ post, state: 'waiting' }).sortBy('at')
    const batch = items.slice(0, AT_ONCE)
    if (!batch.length) return settled
    settled += await send(batch)
  }
}

async function send(items: Kept[]): Promise<number> {
  const told = []
  for (const one of items) told.push({ id: one.id, at: one.at, ...(await withFiles(one.done)) })
  const body = { items: told, sent_at: new Date().toISOString() } as unknown as Schemas['Batch']
  const answer = await got(api.POST('/api/v1/batches', { body }))
  await store.transaction('rw', store.items, async () => {
    for (const one of answer.items) await settle(one)
  })
  return answer.items.length
}

async function settle(answer: ItemAnswer): Promise<void> {
  if (answer.status === 'refused') {
    await store.items.update(answer.id, {
      state: 'refused', says: answer.says ?? answer.code ?? '', advice: answer.do ?? '',
    })
  } else {
    await store.items.update(answer.id, {
      state: 'done', number: answer.matter?.number ?? '', matter: answer.matter?.id ?? '',
    })
  }
}

/** Return what was done with its files put in and called by their names on the server. */
async function withFiles(done: Done): Promise<Done> {
  const text = JSON.stringify(done)
  const names = [...new Set(text.match(/"local:[0-9a-f-]{36}"/g) ?? [])].map((one) => one.slice(1, -1))
  let sent = text
  for (const name of names) sent = sent.replaceAll(name, await fileOf(name))
  return JSON.parse(sent) as Done
}

async function fileOf(name: string): Promise<string> {
  const kept = await store.files.get(name)
  if (!kept) return name.replace(LOCAL, '')
  if (kept.sent) return kept.sent
  const { file } = await putFile(kept.content)
  await store.files.update(name, { sent: file })
  return file
}

/** Offer a refused item anew: as a new thing, for the old one is settled for good. */
export async function again(item: Kept): Promise<void> {
  await store.transaction('rw', store.items, async () => {
    await store.items.delete(item.id)
    const done = item.done.ask ? { ...item.done, ask: { ...item.done.ask, version: null } } : item.done
    await store.items.add({ ...item, id: crypto.randomUUID(), done, state: 'waiting', says: '', advice: '' })
  })
}

export async function clearDone(): Promise<void> {
  await store.items.where({ state: 'done' }).delete()
  const rest = JSON.stringify(await store.items.toArray())
  const files = await store.files.toCollection().primaryKeys()
  await store.files.bulkDelete(files.filter((one) => !rest.includes(one)))
}

/** Keep sending while the screen lives, and tell how it stands. */
export function useSync(post: () => string) {
  const items = shallowRef<Kept[]>([])
  const isOnline = ref(navigator.onLine)
  const isSending = ref(false)
  const trouble = ref('')

  let running: Promise<void> | undefined

  /** Send what waits; who asks while that goes on waits for its end, for it sends what came meanwhile. */
  function now(): Promise<void> {
    running ??= sendOnce().finally(() => {
      running = undefined
    })
    return running
  }

  async function sendOnce(): Promise<void> {
    if (!post()) return
    isSending.value = true
    try {
      await navigator.locks.request('yuzhi-sync', () => sendAll(post()))
      isOnline.value = true
      trouble.value = ''
    } catch (caught) {
      const found = asTrouble(caught)
      isOnline.value = !found.isUnreachable
      trouble.value = found.isUnreachable ? '' : found.title
    } finally {
      isSending.value = false
    }
  }

  const watching = liveQuery(() => store.items.orderBy('at').reverse().toArray()).subscribe({
    next: (found) => {
      items.value = found.filter((one) => one.post === post())
    },
  })
  const timer = setInterval(() => {
    if (items.value.some((one) => one.state === 'waiting')) void now()
  }, EVERY)
  // One that began before the line was there may still be failing: it does not count for this one.
  const on = (): void => void (running ? running.then(now) : now())
  const off = (): void => {
    isOnline.value = false
  }
  addEventListener('online', on)
  addEventListener('offline', off)
  onScopeDispose(() => {
    watching.unsubscribe()
    clearInterval(timer)
    removeEventListener('online', on)
    removeEventListener('offline', off)
  })
  return { items, isOnline, isSending, trouble, now }
}
