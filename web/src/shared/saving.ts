// Files the server makes, saved under the name it gives them.
import { fetchFile } from './api/client'

export interface Saved {
  name: string
  /** How many matters are in it, and whether that is all there were. */
  rows: number
  isAll: boolean
}

/** Fetch a file and hand it to the browser to save; throws Trouble as every request does. */
export async function save(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Saved> {
  const { content, headers } = await fetchFile(path, method)
  const name = /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? ''
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  return { name, rows: Number(headers.get('x-yuzhi-rows') ?? 1), isAll: headers.get('x-yuzhi-all') !== 'false' }
}
