import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';

/** Begins and ends a recording, and says that the other side can hear that. */
export function RecordButton({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { id: callId, recording } = call;
  return (
    <div className="call-record">
      <Button
        kind="quiet"
        aria-pressed={recording}
        onClick={() => void model.ask('call.record', { callId, on: !recording })}
      >
        <Icon name={recording ? 'stop' : 'record'} />
        {t(recording ? 'recording.end' : 'recording.begin')}
      </Button>
      {recording && (
        <p className="field-hint" role="status">
          {t('recording.on')}
        </p>
      )}
    </div>
  );
}
