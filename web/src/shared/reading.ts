// Larger text and easy reading: kept in the browser, told to the style sheets as attributes of the page.
import { reactive, watchEffect } from 'vue'

const KEPT = 'yuzhi.reading'

interface Reading {
  isLarge: boolean
  isEasy: boolean
}

function kept(): Reading {
  const plain = { isLarge: false, isEasy: false }
  try {
    return { ...plain, ...(JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Reading>) }
  } catch {
    return plain
  }
}

export const reading = reactive(kept())

export function applyReading(): void {
  watchEffect(() => {
    document.documentElement.toggleAttribute('data-large', reading.isLarge || reading.isEasy)
    document.documentElement.toggleAttribute('data-easy', reading.isEasy)
    localStorage.setItem(KEPT, JSON.stringify(reading))
  })
}
