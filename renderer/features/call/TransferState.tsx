import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { plainAddress, remoteLabel } from './call-words.ts';

/** How a transfer goes that was asked for here, and one that the other side asks for. */
export function TransferState({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { transfer, transferRequest } = call;
  const answer = (accept: boolean): void => void model.ask('call.answerTransfer', { callId: call.id, accept });
  return (
    <>
      {transfer !== null && transfer.state !== 'failed' && (
        <p className="call-transfer">{t(`transfer.state.${transfer.state}`, { target: transfer.target })}</p>
      )}
      {transfer?.state === 'failed' && transfer.diagnosis !== null && (
        <DiagnosisCard what={t('transfer.failed', { target: transfer.target })} diagnosis={transfer.diagnosis} />
      )}
      {transferRequest !== null && (
        <div className="transfer" role="group" aria-label={t('transfer.asked')}>
          <p>{t('transfer.question', { name: remoteLabel(call), target: plainAddress(transferRequest) })}</p>
          <div className="transfer-actions">
            <Button
              kind="primary"
              onClick={() => {
                answer(true);
              }}
            >
              {t('transfer.accept')}
            </Button>
            <Button
              onClick={() => {
                answer(false);
              }}
            >
              {t('transfer.refuse')}
            </Button>
          </div>
        </div>
      )}
    </>
  );
}
