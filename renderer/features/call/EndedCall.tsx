import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { formatDuration, formatTime } from '../../i18n/format.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Rows } from '../../ui/Rows.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { CallHead } from './CallHead.tsx';
import { outcomeOf, qualityOf } from './call-words.ts';

/** A call that is over: how it went, or why it failed and what to do about it. */
export function EndedCall({ call }: { readonly call: CallView }) {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const { connectedAt, endedAt, quality, diagnosis } = call;
  const again = (): void => void model.call(call.remoteAddress, call.accountId);
  const close = (): void => model.show({ kind: 'home' });
  const failed = diagnosis !== null;
  return (
    <>
      <div className="call-scroll">
        <CallHead call={call} compact={failed} />
        <div className="call-middle">
          {failed && (
            <DiagnosisCard
              what={t(connectedAt === null ? 'call.failed' : 'call.endedBecause')}
              diagnosis={diagnosis}
              onRetry={again}
              retryLabel={t('call.again')}
              onDismiss={() => void model.ask('call.dismiss', { callId: call.id })}
            />
          )}
          <Rows
            rows={[
              connectedAt === null
                ? null
                : [t('call.duration'), formatDuration((endedAt ?? connectedAt) - connectedAt)],
              connectedAt === null && !failed ? [t('call.outcome'), t(`history.outcome.${outcomeOf(call)}`)] : null,
              [t('call.started'), formatTime(call.startedAt, i18n.language)],
              quality === null ? null : [t('quality.title'), t(`quality.${qualityOf(quality)}`)],
            ]}
          />
          <Button
            kind="quiet"
            className="inspect"
            onClick={() => {
              model.inspect(call.id);
            }}
          >
            <Icon name="wire" />
            {t('security.inspect')}
          </Button>
        </div>
      </div>
      <div className="call-end-actions">
        {!failed && (
          <Button kind="primary" onClick={again}>
            {t('call.again')}
          </Button>
        )}
        <Button onClick={close}>{t('call.done')}</Button>
      </div>
    </>
  );
}
