// What the renderer of one field needs: its words, whether it has to be filled in, its fault, its value.
import { type ControlElement, Resolve } from '@jsonforms/core'
import { type ControlProps, useJsonForms, useJsonFormsControl } from '@jsonforms/vue'
import { computed, inject, type InjectionKey } from 'vue'
import { demanded } from './conditions'

/** The words of the pack whose form is drawn. */
export const WORDS: InjectionKey<() => Record<string, string>> = Symbol('words of a form')

export function useWords() {
  const words = inject<() => Record<string, string>>(WORDS, () => ({}))
  return {
    labelOf: (name: string): string => words()[`field.${name}`] ?? name,
    choiceOf: (name: string): string => words()[`choice.${name}`] ?? name,
  }
}

export const nameOf = (uischema: ControlElement): string => uischema.scope.split('/').at(-1) ?? ''

export function useField(props: ControlProps) {
  const { control, handleChange } = useJsonFormsControl(props)
  const jsonforms = useJsonForms()
  const { labelOf, choiceOf } = useWords()
  const name = nameOf(props.uischema)
  const isRequired = computed(() => {
    const around: unknown = Resolve.data(jsonforms.core?.data, props.path)
    return demanded(props.schema, around).has(name)
  })
  return {
    control,
    label: computed(() => labelOf(name)),
    choiceOf,
    isRequired,
    /** The first thing that is wrong with it, in words; empty if nothing is. */
    says: computed(() => control.value.errors.split('\n')[0] ?? ''),
    put: (value: unknown): void => handleChange(control.value.path, value === '' ? undefined : value),
  }
}
