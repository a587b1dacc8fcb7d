// Which kit draws the forms of packs on a screen: each frame names its own, loaded only where there is a form.
import type { Component, InjectionKey } from 'vue'

export const KIT: InjectionKey<() => Promise<{ default: Component }>> = Symbol('kit of forms')
