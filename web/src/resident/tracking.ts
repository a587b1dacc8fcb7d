// Coming to one matter with its number and code; who is signed in by telephone keeps it among their own.
import { api, got } from '@/shared/api/client'
import { asTrouble } from '@/shared/api/trouble'
import { useSession } from '@/shared/session'

/** Return the id of the matter, which one may then see: as its requester, or as nobody else. */
export async function enter(number: string, code: string): Promise<string> {
  const session = useSession()
  await session.load()
  if (session.answer.value?.means === 'phone') {
    try {
      return (await got(api.POST('/api/v1/my/matters', { body: { number, code } }))).matter
    } catch (caught) {
      // Where who asked is kept secret only number and code lead to it.
      if (asTrouble(caught).code !== 'claim.kept_secret') throw caught
    }
  }
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
