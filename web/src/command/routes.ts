import type { RouteRecordRaw } from 'vue-router'

export const command: RouteRecordRaw[] = [
  {
    path: '/command',
    component: () => import('./Wall.vue'),
    meta: { needsPost: true, title: 'shared.screens.command' },
  },
]
