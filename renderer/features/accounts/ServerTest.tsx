import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ServerTestView } from '../../../core/api/state.ts';
import { CORE_LANGUAGE } from '../../i18n/languages.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';

const SIGNS = { ok: 'check', warning: 'alert', failed: 'close', skipped: 'pause' } as const;

/** The test of a server: each step as it ends, then what was found, worst first. */
export function ServerTest({ test }: { readonly test: ServerTestView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'start' });
  }, []);
  const { running, steps, findings, target } = test;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const verdict = running ? 'running' : errors > 0 ? 'bad' : findings.length > 0 ? 'fair' : 'good';
  return (
    <section ref={place} className="server-test" aria-labelledby="server-test-title">
      <div className="server-test-head">
        <h3 id="server-test-title">{t('serverTest.title', { target })}</h3>
        <Button kind="quiet" onClick={() => void model.ask('account.endTest', {})}>
          {t(running ? 'common.cancel' : 'common.dismiss')}
        </Button>
      </div>
      <p role="status">{t(`serverTest.verdict.${verdict}`, { count: verdict === 'bad' ? errors : findings.length })}</p>
      <ol className="server-test-steps">
        {steps.map(({ step, outcome, ms, text }, index) => (
          <li key={index} data-outcome={outcome}>
            <Icon name={SIGNS[outcome]} />
            <span className="server-test-step">
              <span className="visually-hidden">{t(`serverTest.outcome.${outcome}`)}: </span>
              <strong>{step}</strong> <span lang={CORE_LANGUAGE}>{text}</span>
            </span>
            {outcome !== 'skipped' && <span className="server-test-time">{Math.round(ms)} ms</span>}
          </li>
        ))}
      </ol>
      {findings.map(({ severity, ...diagnosis }, index) => (
        <DiagnosisCard key={index} what={t(`serverTest.severity.${severity}`)} diagnosis={diagnosis} />
      ))}
    </section>
  );
}
