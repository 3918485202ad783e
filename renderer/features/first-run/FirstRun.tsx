import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { AudioNotice } from '../audio/AudioNotice.tsx';
import { ECHO_TEST } from '../call/call-words.ts';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import './first-run.css';

/** The first screen: try an encrypted call without typing, or go to the own server. */
export function FirstRun() {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { accounts, builtInSwitch } = useSnapshot();
  const [calling, setCalling] = useState(false);
  const own = accounts.find(({ builtIn }) => builtIn);
  const trouble = builtInSwitch.diagnosis ?? (own?.registration === 'failed' ? own.diagnosis : null);
  const ready = own?.registration === 'registered';
  const preparing = !ready && trouble === null;
  const tryIt = async (): Promise<void> => {
    if (own === undefined || !ready) return;
    setCalling(true);
    await model.call(ECHO_TEST, own.id);
    setCalling(false);
  };
  const register =
    own === undefined ? {} : { onRetry: () => void model.ask('account.register', { accountId: own.id }) };
  return (
    <div className="first-run">
      <div className="first-run-top">
        <div className="first-run-hero">
          <Wave />
          <h1>{t('firstRun.title')}</h1>
          <p>{t('firstRun.text')}</p>
        </div>
        {trouble !== null && <DiagnosisCard what={t('firstRun.failed')} diagnosis={trouble} {...register} />}
        <AudioNotice />
      </div>
      <div className="first-run-actions">
        <Button
          kind="primary"
          className="first-run-try"
          busy={calling || preparing}
          unavailable={!ready}
          aria-describedby="try-hint"
          onClick={() => void tryIt()}
        >
          {t('firstRun.try')}
        </Button>
        <p id="try-hint" className="first-run-hint" role="status">
          {preparing ? t('firstRun.preparing') : t('firstRun.tryHint', { number: ECHO_TEST })}
        </p>
        <Button
          onClick={() => {
            model.show({ kind: 'account-form' });
          }}
        >
          {t('firstRun.own')}
        </Button>
      </div>
    </div>
  );
}

/** The mark of Sotto: a voice that gets quieter. */
function Wave() {
  return (
    <svg className="wave" viewBox="0 0 120 64" aria-hidden="true" focusable="false">
      {[20, 44, 28, 56, 34, 22, 13, 8, 4].map((height, index) => (
        <rect key={index} x={6 + index * 12} y={32 - height / 2} width="5" height={height} rx="2.5" />
      ))}
    </svg>
  );
}
