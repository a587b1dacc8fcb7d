// Keeps the grid worker's screens and what they last read, so that they open without a connection.
export {}

const worker = globalThis as unknown as ServiceWorkerGlobalScope

const SHELL = 'yuzhi-worker-shell'
const READ = 'yuzhi-worker-read'
const PAGE = '/worker'
const LIST = '/assets/worker-files.json'
/** What may be read from memory when the server cannot be asked. */
const KEPT = /^\/api\/v1\/(welcome|session|procedures|called|territories|matters)(\/|\.|$)/
const PATIENCE = 6_000

worker.addEventListener('install', (event) => {
  event.waitUntil(install().then(() => worker.skipWaiting()))
})
worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim())
})

async function install(): Promise<void> {
  const shell = await caches.open(SHELL)
  const files = (await (await fetch(LIST, { cache: 'no-cache' })).json()) as string[]
  await shell.addAll([PAGE, '/icon.svg', ...files])
}

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request))
  else if (KEPT.test(url.pathname)) event.respondWith(read(request, url))
})

async function page(request: Request): Promise<Response> {
  const shell = await caches.open(SHELL)
  try {
    const answer = await fetch(request)
    if (answer.ok) await shell.put(PAGE, answer.clone())
    return answer
  } catch {
    return (await shell.match(PAGE)) ?? Response.error()
  }
}

async function asset(request: Request): Promise<Response> {
  const shell = await caches.open(SHELL)
  const kept = await shell.match(request.url)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await shell.put(request.url, answer.clone())
  return answer
}

/** Ask the server; where it does not answer, give what it answered last to the same post in the same language. */
async function read(request: Request, url: URL): Promise<Response> {
  const memory = await caches.open(READ)
  url.searchParams.set('as', [request.headers.get('accept-language'), request.headers.get('x-yuzhi-post')].join())
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) })
    if (answer.ok) await memory.put(url.href, answer.clone())
    return answer
  } catch {
    return (await memory.match(url.href)) ?? Response.error()
  }
}

