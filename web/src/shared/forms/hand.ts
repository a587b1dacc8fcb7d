// Whose hand carries a form's answer: straight to the server, or into the queue of somebody without a connection.
import { inject, type InjectionKey } from 'vue'
import { putFile } from '../api/client'
import { takeStep, type Matter, type NewStep } from '../matters'

export interface Hand {
  /** Keep a file, and return the name under which the answer refers to it. */
  putFile(content: Blob): Promise<{ file: string }>
  /** Take a step; nothing is returned where it only waits to be sent. */
  takeStep(matter: Pick<Matter, 'id' | 'procedure' | 'pack_version'>, step: string, ask: NewStep): Promise<Matter | undefined>
}

export const HAND: InjectionKey<Hand> = Symbol('hand')

const straight: Hand = {
  putFile,
  takeStep: (matter, step, ask) => takeStep(matter.id, step, ask),
}

export function useHand(): Hand {
  return inject(HAND, straight)
}
