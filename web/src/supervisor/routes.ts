import type { RouteRecordRaw } from 'vue-router'

export const supervisor: RouteRecordRaw[] = [
  {
    path: '/supervisor',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.supervisor' },
    children: [{ path: '', component: () => import('./Home.vue') }],
  },
]
