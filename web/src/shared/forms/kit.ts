// Which kit draws the forms of packs on a screen: each frame names its own, loaded only where there is a form.
import type { JsonFormsRendererRegistryEntry } from '@jsonforms/core'
import type { Component, InjectionKey } from 'vue'

export interface Kit {
  /** What draws a form: the same in every kit. It comes with the kit, so that both are waited for at once. */
  form: Component
  /** What draws the fields of one: the kit's own. */
  renderers: JsonFormsRendererRegistryEntry[]
}

export const KIT: InjectionKey<() => Promise<{ default: Kit }>> = Symbol('kit of forms')
