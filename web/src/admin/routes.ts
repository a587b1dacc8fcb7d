import type { RouteRecordRaw } from 'vue-router'

export const admin: RouteRecordRaw[] = [
  {
    path: '/admin',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.admin' },
    children: [{ path: '', component: () => import('./Home.vue') }],
  },
]
