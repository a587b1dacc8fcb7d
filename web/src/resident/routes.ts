import type { RouteRecordRaw } from 'vue-router'

export const resident: RouteRecordRaw[] = [
  {
    path: '/resident',
    component: () => import('./Frame.vue'),
    meta: { title: 'shared.screens.resident' },
    children: [{ path: '', component: () => import('./Home.vue') }],
  },
]
