// The languages of the screens. Each role brings its own words when it is loaded.
import { computed, nextTick } from 'vue'
import { createI18n } from 'vue-i18n'
import shared from './words'

export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
type Said = { [name: string]: string | Said }
export type Words = Record<Language, Said>

const KEPT = 'yuzhi.language'
const TAGS: Record<Language, string> = { zh: 'zh-CN', en: 'en' }

function first(): Language {
  const wanted = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(KEPT)
  return wanted === 'en' ? 'en' : 'zh'
}

export const i18n = createI18n({
  legacy: false,
  locale: first() as string,
  fallbackLocale: 'zh',
  messages: shared as Record<string, Said>,
  missingWarn: false,
  fallbackWarn: false,
})
document.documentElement.lang = TAGS[first()]

export const language = computed<Language>(() => (i18n.global.locale.value === 'en' ? 'en' : 'zh'))
/** What the language is called in lang attributes and by Intl. */
export const tag = computed(() => TAGS[language.value])

export function speak(wanted: Language): void {
  i18n.global.locale.value = wanted
  localStorage.setItem(KEPT, wanted)
  document.documentElement.lang = TAGS[wanted]
  void nextTick()
}

export function apiLanguage(): string {
  return TAGS[language.value]
}

/** Add a role's words. */
export function addWords(words: Words): void {
  for (const one of LANGUAGES) i18n.global.mergeLocaleMessage(one, words[one])
}
