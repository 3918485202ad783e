import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone } from '../../app/phone-context.ts';

interface LevelMetersProps {
  readonly callId: string;
  readonly muted: boolean;
}

/** How loud both sides are, so that sound proves itself. Moved past React: ten times a second is not worth a rendering. */
export function LevelMeters({ callId, muted }: LevelMetersProps) {
  const { t } = useTranslation();
  const { client } = usePhone();
  const sent = useRef<HTMLDivElement>(null);
  const received = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      client.onLevels((levels) => {
        const level = levels.find((candidate) => candidate.callId === callId);
        if (level === undefined) return;
        setMeter(sent.current, level.sent);
        setMeter(received.current, level.received);
      }),
    [client, callId],
  );
  return (
    <div className="meters">
      <span className="meter-name">{muted ? t('call.muted') : t('call.you')}</span>
      <Meter ref={sent} label={t('call.levelYou')} />
      <span className="meter-name">{t('call.other')}</span>
      <Meter ref={received} label={t('call.levelOther')} />
    </div>
  );
}

function Meter({ ref, label }: { readonly ref: React.Ref<HTMLDivElement>; readonly label: string }) {
  return (
    <div
      ref={ref}
      className="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <span className="meter-fill" />
    </div>
  );
}

/** Shows a linear level from 0 to 1 on a scale of 48 dB, nearer to what is heard. */
function setMeter(meter: HTMLElement | null, level: number): void {
  const decibels = level <= 0 ? -48 : Math.max(-48, 20 * Math.log10(level));
  const share = Math.min(1, 1 + decibels / 48);
  meter?.style.setProperty('--level', share.toFixed(3));
  meter?.setAttribute('aria-valuenow', String(Math.round(share * 10) * 10));
}
