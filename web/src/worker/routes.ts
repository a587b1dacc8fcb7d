import type { RouteRecordRaw } from 'vue-router'

export const worker: RouteRecordRaw[] = [
  {
    path: '/worker',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.worker' },
    children: [{ path: '', component: () => import('./Home.vue') }],
  },
]
