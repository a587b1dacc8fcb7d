import type { RouteRecordRaw } from 'vue-router'

export const worker: RouteRecordRaw[] = [
  {
    path: '/worker',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.worker' },
    children: [
      { path: '', component: () => import('./Today.vue') },
      { path: 'report', component: () => import('./Report.vue') },
      { path: 'patrol', component: () => import('./Patrol.vue') },
      { path: 'queue', component: () => import('./Queue.vue') },
      { path: 'matter/:id', component: () => import('./Task.vue'), props: true },
    ],
  },
]
