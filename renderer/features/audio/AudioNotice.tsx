import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSnapshot } from '../../app/phone-context.ts';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { useDiagnosisWords } from '../diagnosis/use-diagnosis-words.ts';
import './audio.css';

/** Says that there is no sound, and what that means for calls; can be put away until it changes. */
export function AudioNotice() {
  const { t } = useTranslation();
  const { audio } = useSnapshot();
  const [hidden, setHidden] = useState<string | null>(null);
  if ((audio.state !== 'none' && audio.state !== 'lost') || hidden === audio.state) return null;
  return (
    <section className="card card-warn" aria-label={t(`audio.${audio.state}.title`)}>
      <Icon name="headsetOff" />
      <div className="card-body">
        <h2>{t(`audio.${audio.state}.title`)}</h2>
        <AudioText />
      </div>
      <IconButton
        icon="close"
        label={t('common.dismiss')}
        onClick={() => {
          setHidden(audio.state);
        }}
      />
    </section>
  );
}

/** What the lack of sound means, and its diagnosis where it is another than that there is no device. */
export function AudioText() {
  const { t } = useTranslation();
  const { audio } = useSnapshot();
  const words = useDiagnosisWords();
  if (audio.state !== 'none' && audio.state !== 'lost') return null;
  const known = audio.diagnosis === null || ['audio.no-device', 'audio.device-lost'].includes(audio.diagnosis.code);
  return (
    <>
      <p>{t(`audio.${audio.state}.text`)}</p>
      {!known && audio.diagnosis !== null && <p>{`${words(audio.diagnosis).title}. ${words(audio.diagnosis).cure}`}</p>}
    </>
  );
}
