import type { RouteRecordRaw } from 'vue-router'

export const resident: RouteRecordRaw[] = [
  {
    path: '/resident',
    component: () => import('./Frame.vue'),
    meta: { title: 'shared.screens.resident' },
    children: [
      { path: '', component: () => import('./Home.vue') },
      { path: 'say', component: () => import('./Say.vue') },
      { path: 'my', component: () => import('./My.vue') },
      { path: 'my/:id', component: () => import('./MyMatter.vue'), props: true },
      { path: 'answers', component: () => import('./Answers.vue') },
      { path: 'public', component: () => import('./PublicList.vue') },
      { path: 'public/:number', component: () => import('./PublicMatter.vue'), props: true },
    ],
  },
]
