import type { RouteRecordRaw } from 'vue-router'

export const supervisor: RouteRecordRaw[] = [
  {
    path: '/supervisor',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.supervisor' },
    children: [
      { path: '', component: () => import('./Rates.vue') },
      { path: 'behind', component: () => import('./Behind.vue') },
      { path: 'late', component: () => import('./Late.vue') },
    ],
  },
]
