import type { RouteRecordRaw } from 'vue-router'

export const command: RouteRecordRaw[] = [
  {
    path: '/command',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.command' },
    children: [{ path: '', component: () => import('./Home.vue') }],
  },
]
