import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone } from '../../app/phone-context.ts';
import { useSeconds } from '../../app/use-seconds.ts';
import { formatDuration } from '../../i18n/format.ts';
import { Button } from '../../ui/Button.tsx';

/** Says, as long as it lasts, that octets and secrets are captured. */
export function CaptureBanner() {
  const { t } = useTranslation();
  const { trace } = usePhone();
  const { capturedUntil } = useSyncExternalStore(trace.subscribe, trace.state);
  const left = (capturedUntil ?? 0) - useSeconds();
  if (left <= 0) return null;
  return (
    <p className="capture-banner" role="status">
      <span>{t('wire.capture.on', { left: formatDuration(left) })}</span>
      <Button kind="stop" onClick={() => void trace.capture(0)}>
        {t('wire.capture.stop')}
      </Button>
    </p>
  );
}
