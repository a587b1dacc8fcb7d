// Signing in to one matter with its number and code, as nobody else.
import { api, got } from '@/shared/api/client'
import { useSession } from '@/shared/session'

/** Return the id of the matter one is then signed in to. */
export async function enter(number: string, code: string): Promise<string> {
  const session = useSession()
  const answer = await got(api.POST('/api/v1/sign-in/tracking', { body: { number, code } }))
  session.take(answer)
  return answer.matter ?? ''
}

/** End a session that is for another matter: it could neither open a new one nor see others. */
export async function leave(): Promise<void> {
  const session = useSession()
  await session.load()
  if (session.answer.value?.means === 'tracking') await session.signOut()
}
