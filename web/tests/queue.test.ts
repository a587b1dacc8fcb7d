import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keep, keepFile, store } from '@/worker/store'
import { effectScope } from 'vue'
import { again, clearDone, sendAll, useSync } from '@/worker/sync'

type Told = { items: { id: string; open?: { attachments: { file: string }[] } }[] }

let batches: Told[] = []
let files = 0
let answers: (id: string) => object = (id) => ({ id, status: 'taken', matter: { id: `m-${id}`, number: '1' } })

beforeEach(async () => {
  batches = []
  files = 0
  await store.items.clear()
  await store.files.clear()
  vi.stubGlobal('fetch', async (asked: Request | string, more?: RequestInit) => {
    const url = typeof asked === 'string' ? asked : asked.url
    if (url.endsWith('/files')) {
      files += 1
      return Response.json({ file: `sha-${files}`, size: 1, media_type: 'image/png' }, { status: 201 })
    }
    const body = JSON.parse(typeof asked === 'string' ? String(more?.body) : await asked.text()) as Told
    batches.push(body)
    return Response.json({ items: body.items.map(({ id }) => answers(id)) })
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  answers = (id) => ({ id, status: 'taken', matter: { id: `m-${id}`, number: '1' } })
})

const open = (file = '') => ({
  open: { procedure: 'p', kind: 'k', subject: 's', attachments: file ? [{ file, kind: 'photo' }] : [] },
})

test('what waits is sent in order, once, with its files put in first', async () => {
  const { file } = await keepFile(new Blob(['x']))
  await keep('me', 'one', open(file))
  await keep('me', 'two', open(file))
  await keep('somebody else', 'three', open())
  expect(await sendAll('me')).toBe(2)
  expect(await sendAll('me')).toBe(0)
  expect(batches).toHaveLength(1)
  expect(batches[0]?.items.map((one) => one.open?.attachments[0]?.file)).toEqual(['sha-1', 'sha-1'])
  expect(files).toBe(1)
})

test('a try that broke off is repeated under the same ids', async () => {
  await keep('me', 'one', open())
  vi.stubGlobal('fetch', async (asked: Request) => {
    batches.push(JSON.parse(await asked.text()) as Told)
    throw new TypeError('network')
  })
  await expect(sendAll('me')).rejects.toThrow()
  await expect(sendAll('me')).rejects.toThrow()
  expect(batches[0]?.items[0]?.id).toBe(batches[1]?.items[0]?.id)
  expect((await store.items.toArray())[0]?.state).toBe('waiting')
})

test('the line that is back counts although a try of before is still failing', async () => {
  const reached = fetch
  const tried: ((why: Error) => void)[] = []
  vi.stubGlobal('fetch', () => new Promise((_, fail) => tried.push(fail)))
  await keep('me', 'one', open())
  vi.stubGlobal('navigator', { onLine: true, locks: { request: (_: string, then: () => unknown) => then() } })
  const scope = effectScope()
  scope.run(() => void useSync(() => 'me').now())
  await vi.waitFor(() => expect(tried).toHaveLength(1))
  vi.stubGlobal('fetch', reached)
  dispatchEvent(new Event('online'))
  tried[0]?.(new TypeError('network'))
  await vi.waitFor(() => expect(batches).toHaveLength(1))
  scope.stop()
})

test('a refused item keeps its reason, and is tried again only as a new one', async () => {
  answers = (id) => ({ id, status: 'refused', code: 'step.wrong_state', says: 'no', do: 'look' })
  const kept = await keep('me', 'one', { matter: 'm', step: 's', ask: { version: 3 } })
  await sendAll('me')
  const refused = await store.items.get(kept.id)
  expect(refused).toMatchObject({ state: 'refused', says: 'no', advice: 'look' })
  await again(refused!)
  const [next] = await store.items.toArray()
  expect(next?.id).not.toBe(kept.id)
  expect(next).toMatchObject({ state: 'waiting', done: { ask: { version: null } } })
})

test('what was sent can be cleared, with files nothing needs any more', async () => {
  const first = await keepFile(new Blob(['a']))
  const second = await keepFile(new Blob(['b']))
  await keep('me', 'one', open(first.file))
  await sendAll('me')
  await keep('me', 'two', open(second.file))
  await clearDone()
  expect(await store.items.count()).toBe(1)
  expect(await store.files.toCollection().primaryKeys()).toEqual([second.file])
})
