import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { useSeconds } from '../../app/use-seconds.ts';
import { formatDuration } from '../../i18n/format.ts';

/** How long a call has lasted since it was answered, counted up. */
export function CallTime({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const now = useSeconds();
  const time = formatDuration(now - (call.connectedAt ?? now));
  return (
    <span className="time" role="timer" aria-label={t('call.timer', { time })}>
      {time}
    </span>
  );
}
