import { useTranslation } from 'react-i18next';

/** The kinds of numbers that have words of their own. */
export const LABELS = ['work', 'home', 'mobile', ''] as const;

/** What kind of number a label means, in the window's language; words of the person's own stay. */
export function useLabelWords(): (label: string) => string {
  const { t } = useTranslation();
  return (label) => {
    const known = LABELS.find((one) => one === label);
    return known === undefined ? label : t(`contacts.label.${known === '' ? 'other' : known}`);
  };
}
