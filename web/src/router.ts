// Every screen's address. Each role is a tree of its own, loaded when somebody goes there.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { admin } from './admin/routes'
import { command } from './command/routes'
import { desk } from './desk/routes'
import { resident } from './resident/routes'
import { entrance } from './shared/entrance/routes'
import { i18n } from './shared/i18n'
import { mayLeave } from './shared/leaving'
import { signing } from './shared/signing'
import { useSession } from './shared/session'
import { supervisor } from './supervisor/routes'
import { worker } from './worker/routes'

declare module 'vue-router' {
  interface RouteMeta {
    /** Whoever has no post is asked to sign in first. */
    needsPost?: boolean
    /** Key of the page's title. */
    title?: string
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/resident' },
  ...entrance,
  ...resident,
  ...worker,
  ...desk,
  ...supervisor,
  ...command,
  ...admin,
  { path: '/:rest(.*)*', component: () => import('./shared/view/NotFound.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  if (!(await mayLeave())) return false
  signing.isResident = to.path.startsWith('/resident')
  if (!to.meta.needsPost) return true
  const session = useSession()
  await session.load()
  return session.post.value || session.isUnreachable.value
    ? true
    : { path: '/sign-in', query: { to: to.fullPath } }
})

router.afterEach((to) => {
  const title = to.meta.title ? i18n.global.t(to.meta.title) : ''
  document.title = [title, '域治 Yuzhi'].filter(Boolean).join(' · ')
})
