import type { RouteRecordRaw } from 'vue-router'

export const admin: RouteRecordRaw[] = [
  {
    path: '/admin',
    component: () => import('./Frame.vue'),
    meta: { needsPost: true, title: 'shared.screens.admin' },
    children: [
      { path: '', component: () => import('./Home.vue') },
      { path: 'units', component: () => import('./Units.vue') },
      { path: 'people', component: () => import('./People.vue') },
      { path: 'accounts', component: () => import('./Accounts.vue') },
      { path: 'import', component: () => import('./Import.vue') },
      { path: 'packs', component: () => import('./Packs.vue') },
      { path: 'packs/procedure/:name', component: () => import('./Procedure.vue'), props: true },
      { path: 'packs/proposal/:id', component: () => import('./Proposal.vue'), props: true },
      { path: 'calendar', component: () => import('./Calendar.vue') },
      { path: 'policies', component: () => import('./Policies.vue') },
      { path: 'deliveries', component: () => import('./Deliveries.vue') },
      { path: 'traces', component: () => import('./Traces.vue') },
      { path: 'system', component: () => import('./System.vue') },
    ],
  },
]
