/** The languages that Sotto speaks; the first is taken where none is wanted. */
export const LANGUAGES = ['en', 'de'] as const;

export type Language = (typeof LANGUAGES)[number];

/** The language of the sentences in a diagnosis, which the core writes. */
export const CORE_LANGUAGE: Language = 'en';

/** The first of the wanted languages (BCP 47 tags, best first) that there is. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-')[0];
    const found = LANGUAGES.find((language) => language === primary);
    if (found !== undefined) return found;
  }
  return LANGUAGES[0];
}
