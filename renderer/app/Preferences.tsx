import i18next from 'i18next';
import { useEffect } from 'react';
import { chooseLanguage } from '../i18n/languages.ts';
import { useSnapshot } from './phone-context.ts';

/** Brings language and theme in force, as the person chose them; the system's where nothing was chosen. */
export function Preferences() {
  const { language, theme } = useSnapshot().settings;
  useEffect(() => {
    const chosen = chooseLanguage(language === 'system' ? navigator.languages : [language]);
    document.documentElement.lang = chosen;
    if (i18next.language !== chosen) void i18next.changeLanguage(chosen);
  }, [language]);
  useEffect(() => {
    document.documentElement.style.colorScheme = theme === 'system' ? '' : theme;
  }, [theme]);
  return null;
}
