import type { RouteRecordRaw } from 'vue-router'

export const desk: RouteRecordRaw[] = [
  {
    path: '/desk',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.desk' },
    children: [
      { path: '', component: () => import('./Worklist.vue') },
      { path: 'open', component: () => import('./OpenMatter.vue') },
      { path: 'search', component: () => import('./Search.vue') },
      { path: 'matter/:matter', component: () => import('./MatterPage.vue'), props: true },
    ],
  },
]
