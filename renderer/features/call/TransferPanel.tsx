import { useId, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { Button } from '../../ui/Button.tsx';

interface TransferPanelProps {
  readonly call: CallView;
  readonly onClose: () => void;
}

/** To whom a call goes: at once, or after speaking with the new one first. What is typed here is no digit for the other side. */
export function TransferPanel({ call, onClose }: TransferPanelProps) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const field = useId();
  const [target, setTarget] = useState('');
  const empty = target.trim() === '';
  const sendNow = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (empty) return;
    void model.ask('call.transfer', { callId: call.id, target: target.trim() });
    onClose();
  };
  return (
    <form
      className="transfer"
      aria-label={t('transfer.title')}
      onSubmit={sendNow}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') onClose();
      }}
    >
      <label htmlFor={field}>{t('transfer.to')}</label>
      <div className="dial-box">
        <input
          id={field}
          className="dial-input"
          type="text"
          autoFocus
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={1024}
          value={target}
          onChange={(event) => {
            setTarget(event.target.value);
          }}
        />
      </div>
      <div className="transfer-actions">
        <Button type="submit" kind="primary" unavailable={empty} onClick={sendNow}>
          {t('transfer.now')}
        </Button>
        <Button
          unavailable={empty}
          onClick={() => {
            void model.consult(call.id, target);
            onClose();
          }}
        >
          {t('transfer.talkFirst')}
        </Button>
        <Button kind="quiet" onClick={onClose}>
          {t('common.cancel')}
        </Button>
      </div>
    </form>
  );
}
