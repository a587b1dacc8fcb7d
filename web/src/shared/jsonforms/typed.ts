// Fields one types into: what sort of input, what it shows, and the value of what was typed.
import type { JsonSchema } from '@jsonforms/core'
import { computed, type ComputedRef } from 'vue'
import { kindOf } from './uischema'

const INPUTS: Record<string, string> = { text: 'textarea', date: 'date', whole: 'number', number: 'number' }

export function useTyped(control: ComputedRef<{ schema: JsonSchema; data: unknown }>) {
  const kind = computed(() => kindOf(control.value.schema))
  const isNumber = computed(() => kind.value === 'whole' || kind.value === 'number')
  return {
    kind,
    isNumber,
    type: computed(() => INPUTS[kind.value ?? ''] ?? 'text'),
    shown: computed(() => (control.value.data === undefined ? '' : String(control.value.data))),
    read: (said: string): unknown => (said === '' ? undefined : isNumber.value ? Number(said) : said),
  }
}
