import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import de from '../../resources/locales/de.json';
import en from '../../resources/locales/en.json';
import { chooseLanguage } from './languages.ts';

/** Sets up the texts in the first of the person's languages that Sotto has, and tells the document which one that is. */
export function startTranslation(wanted: readonly string[]): void {
  const language = chooseLanguage(wanted);
  void i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, de: { translation: de } },
    lng: language,
    fallbackLng: 'en',
    initAsync: false,
    // React escapes what it renders.
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language;
}
