import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestFailure } from '../../../core/api/client.ts';
import { usePhone } from '../../app/phone-context.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Composer } from './Composer.tsx';

/** A message to somebody with whom there is no conversation yet. */
export function NewMessage({ to }: { readonly to: string }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const [target, setTarget] = useState(to);
  const close = (): void => {
    model.show({ kind: 'messages' });
  };
  const send = async (text: string): Promise<RequestFailure | null> => {
    const sent = await model.request('messages.send', { accountId: null, target: target.trim(), text });
    if (!sent.ok) return sent.error;
    const { accountId, address } = sent.value;
    model.show({ kind: 'messages', open: { accountId, address, name: '' } });
    return null;
  };
  return (
    <section className="messages" aria-label={t('messages.new')}>
      <div className="thread-head">
        <IconButton icon="back" label={t('common.back')} onClick={close} />
        <h1>{t('messages.new')}</h1>
      </div>
      <label className="field">
        <span>{t('messages.to')}</span>
        <input
          type="text"
          autoFocus={to === ''}
          autoComplete="off"
          spellCheck={false}
          maxLength={1024}
          value={target}
          onChange={(event) => {
            setTarget(event.target.value);
          }}
        />
      </label>
      <div className="thread-messages" />
      <Composer autoFocus={to !== ''} ready={target.trim() !== ''} onSend={send} />
    </section>
  );
}
