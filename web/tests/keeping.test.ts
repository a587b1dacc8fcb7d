import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { useDraft } from '@/desk/opening/keeping'

interface Kept {
  id: string
  version: number
  content: { words: string }
}

const store = new Map<string, Kept>()
let isDown = false
let scope: EffectScope

const listed = (): Response =>
  Response.json({ drafts: [...store.values()].map((one) => ({ ...one, updated_at: '', expires_at: '' })) })

async function put(request: Request): Promise<Response> {
  const id = new URL(request.url).pathname.split('/').pop() ?? ''
  const body = (await request.json()) as { version: number; content: { words: string } }
  const current = store.get(id)?.version ?? 0
  if (current !== body.version) return Response.json({ code: 'draft.stale', status: 409, title: '' }, { status: 409 })
  store.set(id, { id, version: current + 1, content: body.content })
  return Response.json({ id, version: current + 1, expires_at: '' })
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('fetch', async (request: Request) => {
    if (isDown) throw new TypeError('offline')
    return request.method === 'PUT' ? put(request) : listed()
  })
  store.clear()
  sessionStorage.clear()
  isDown = false
  scope = effectScope()
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function desk() {
  const words = ref('')
  const draft = scope.run(() =>
    useDraft(() => ({ words: words.value }), () => Boolean(words.value), (kept) => {
      words.value = kept.words
    }),
  )!
  return { words, draft }
}

async function pass(time: number): Promise<void> {
  await nextTick()
  await vi.advanceTimersByTimeAsync(time)
}

const said = (): string[] => [...store.values()].map((one) => one.content.words)

test('what is written is kept after a pause, and put back in the same window', async () => {
  const { words, draft } = desk()
  words.value = '路灯'
  await pass(1_000)
  words.value = '路灯不亮'
  await pass(1_000)
  expect(said()).toEqual(['路灯不亮'])
  expect(draft.kept.value).toBe('kept')
  const again = desk()
  await again.draft.load()
  expect(again.words.value).toBe('路灯不亮')
})

test('it is tried again until the server answers', async () => {
  const { words, draft } = desk()
  isDown = true
  words.value = '路灯'
  await pass(1_000)
  expect([draft.kept.value, said()]).toEqual(['waiting', []])
  isDown = false
  await pass(4_000)
  expect([draft.kept.value, said()]).toEqual(['kept', ['路灯']])
})

test('a draft another window went on with is not written over', async () => {
  const { words, draft } = desk()
  words.value = '路灯'
  await pass(1_000)
  const first = draft.id.value
  store.set(first, { id: first, version: 7, content: { words: '别处写的' } })
  words.value = '这里写的'
  await pass(2_000)
  expect(said()).toEqual(['别处写的', '这里写的'])
})

test('going on with another draft keeps what was on the screen', async () => {
  const other = crypto.randomUUID()
  store.set(other, { id: other, version: 1, content: { words: '昨天的' } })
  const { words, draft } = desk()
  await draft.load()
  words.value = '今天的'
  await nextTick()
  const [left] = draft.others.value
  await draft.open(left!)
  expect(words.value).toBe('昨天的')
  expect(draft.others.value.map((one) => one.content)).toEqual([{ words: '今天的' }])
})

test('what was sent is a draft no more', async () => {
  const { words, draft } = desk()
  words.value = '路灯'
  await pass(1_000)
  const sent = draft.id.value
  draft.next()
  words.value = ''
  await pass(5_000)
  expect(draft.id.value).not.toBe(sent)
  expect(store.size).toBe(1)
})
