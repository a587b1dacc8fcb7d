import type { RouteRecordRaw } from 'vue-router'

export const entrance: RouteRecordRaw[] = [
  { path: '/sign-in', component: () => import('./SignIn.vue'), meta: { title: 'shared.entrance.title' } },
  {
    path: '/sign-in/post',
    component: () => import('./ChoosePost.vue'),
    meta: { title: 'shared.entrance.post' },
  },
  {
    path: '/sign-in/own',
    component: () => import('./OwnAccount.vue'),
    meta: { title: 'shared.entrance.own' },
  },
  {
    path: '/sign-in/invitation',
    component: () => import('./Invitation.vue'),
    meta: { title: 'shared.entrance.invitation' },
  },
]
