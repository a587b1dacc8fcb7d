import type { RouteRecordRaw } from 'vue-router'

export const desk: RouteRecordRaw[] = [
  {
    path: '/desk',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.desk' },
    children: [{ path: '', component: () => import('./Home.vue') }],
  },
]
