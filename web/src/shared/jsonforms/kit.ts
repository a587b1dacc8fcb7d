// What makes a kit: the form and the parts that both kits share, and its own for typing and for lists.
import { rankWith, uiTypeIs } from '@jsonforms/core'
import { type Component, markRaw } from 'vue'
import type { Kit } from '../forms/kit'
import DrawnForm from './DrawnForm.vue'
import ChoiceField from './parts/ChoiceField.vue'
import ChoicesField from './parts/ChoicesField.vue'
import FlagField from './parts/FlagField.vue'
import GroupField from './parts/GroupField.vue'
import StackLayout from './parts/StackLayout.vue'
import { draws } from './uischema'

export function kitOf(own: { text: Component; list: Component }): Kit {
  const renderers = [
    { tester: rankWith(1, uiTypeIs('VerticalLayout')), renderer: markRaw(StackLayout) },
    { tester: draws('line', 'text', 'whole', 'number', 'date'), renderer: markRaw(own.text) },
    { tester: draws('choice'), renderer: markRaw(ChoiceField) },
    { tester: draws('choices'), renderer: markRaw(ChoicesField) },
    { tester: draws('flag'), renderer: markRaw(FlagField) },
    { tester: draws('group'), renderer: markRaw(GroupField) },
    { tester: draws('list'), renderer: markRaw(own.list) },
  ]
  return { form: DrawnForm, renderers }
}
