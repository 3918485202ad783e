import 'i18next';
import type en from '../../resources/locales/en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    /** English is the measure: a key that it does not have does not compile. */
    resources: { translation: typeof en };
  }
}
