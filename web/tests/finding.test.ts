import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick } from 'vue'
import { useFinding } from '@/shared/forms/finding'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('one asks a moment after the last key, and nothing for no words', async () => {
  const asked: string[] = []
  const scope = effectScope()
  const { words, found } = scope.run(() => useFinding(async (said) => [asked.push(said) && said]))!
  for (const typed of ['东', '东兴 ']) {
    words.value = typed
    await nextTick()
    await vi.advanceTimersByTimeAsync(100)
  }
  expect([asked, found.value]).toEqual([[], []])
  await vi.advanceTimersByTimeAsync(100)
  expect([asked, found.value]).toEqual([['东兴'], ['东兴']])
  words.value = ' '
  await nextTick()
  expect(found.value).toEqual([])
  scope.stop()
})

test('an answer that comes after newer words counts for nothing, and a failure finds nothing', async () => {
  const answers: ((found: string[]) => void)[] = []
  const scope = effectScope()
  const { words, found } = scope.run(() => useFinding((said) => (said === '坏' ? Promise.reject(new Error()) : new Promise<string[]>((done) => answers.push(done)))))!
  for (const typed of ['旧', '新']) {
    words.value = typed
    await nextTick()
    await vi.advanceTimersByTimeAsync(200)
  }
  answers[1]!(['新的'])
  answers[0]!(['旧的'])
  await vi.advanceTimersByTimeAsync(0)
  expect(found.value).toEqual(['新的'])
  words.value = '坏'
  await nextTick()
  await vi.advanceTimersByTimeAsync(200)
  expect(found.value).toEqual([])
  scope.stop()
})
