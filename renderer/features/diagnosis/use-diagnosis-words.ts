import { useTranslation } from 'react-i18next';
import type { DiagnosisView } from '../../../core/api/state.ts';
import { CORE_LANGUAGE } from '../../i18n/languages.ts';

/** A diagnosis in the person's language. `why` is the core's own sentence, `null` where that is another language. */
export interface DiagnosisWords {
  readonly title: string;
  readonly why: string | null;
  readonly cure: string;
}

/** Puts diagnoses into the person's language. */
export function useDiagnosisWords(): (diagnosis: DiagnosisView) => DiagnosisWords {
  const { i18n } = useTranslation();
  // The keys are made of codes that the core may add to; `exists` looks before each.
  const text = (key: string, name: string): string =>
    (i18n.t as (key: string, values: { name: string }) => string)(key, { name });
  return (diagnosis) => {
    const [family, name] = familyOf(diagnosis.code);
    const key = i18n.exists(`diagnosis.${diagnosis.code}.title`) ? diagnosis.code : `family.${family}`;
    const title = text(`diagnosis.${key}.title`, name);
    if (i18n.language === CORE_LANGUAGE) return { title, why: diagnosis.summary, cure: diagnosis.cure };
    return { title, why: null, cure: text(`diagnosis.${key}.cure`, name) };
  };
}

/** The two families of codes that have a name of their own inside, and the rest. */
function familyOf(code: string): readonly ['alert' | 'status' | 'unknown', string] {
  const alert = /^tls\.alert\.(.+)$/.exec(code);
  if (alert !== null) return ['alert', (alert[1] ?? '').replaceAll(/[-_]/g, ' ')];
  const status = /^sip\.status\.(\d+)$/.exec(code);
  return status === null ? ['unknown', ''] : ['status', status[1] ?? ''];
}
