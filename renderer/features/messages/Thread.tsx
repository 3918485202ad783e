import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestFailure } from '../../../core/api/client.ts';
import type { TextMessage } from '../../../core/api/messages.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { formatDateTime } from '../../i18n/format.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { plainAddress, remoteLabel } from '../call/call-words.ts';
import { Composer } from './Composer.tsx';
import { useMessages } from './use-messages.ts';

interface ThreadProps {
  readonly accountId: string;
  readonly address: string;
  readonly name: string;
}

/** One conversation: what was said, what protected it, and the line for the next message. */
export function Thread({ accountId, address, name }: ThreadProps) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { accounts } = useSnapshot();
  const messages = useMessages(accountId, address);
  const [removing, setRemoving] = useState(false);
  const end = useRef<HTMLLIElement>(null);
  const newest = messages?.at(-1);
  const label = remoteLabel({ remoteName: newest?.name ?? name, remoteAddress: address });
  // An account that is gone leaves the conversation to the one for calls.
  const from = accounts.some(({ id }) => id === accountId) ? accountId : null;

  const newestId = newest?.id;
  const isIncoming = newest?.direction === 'incoming';

  useEffect(() => {
    if (newestId === undefined) return;
    end.current?.scrollIntoView({ block: 'end' });
    if (isIncoming) void model.request('messages.seen', { accountId, address });
  }, [model, accountId, address, newestId, isIncoming]);

  const send = async (text: string): Promise<RequestFailure | null> => {
    const sent = await model.request('messages.send', { accountId: from, target: address, text });
    return sent.ok ? null : sent.error;
  };
  return (
    <section className="messages" aria-label={label}>
      <div className="thread-head">
        <IconButton
          icon="back"
          label={t('common.back')}
          onClick={() => {
            model.show({ kind: 'messages' });
          }}
        />
        <div className="thread-who">
          <h1>{label}</h1>
          <p>{plainAddress(address)}</p>
        </div>
        <IconButton
          icon="phone"
          label={t('history.again', { name: label })}
          onClick={() => void model.call(address, from)}
        />
        <IconButton
          icon="trash"
          label={t('messages.remove')}
          aria-expanded={removing}
          onClick={() => {
            setRemoving(!removing);
          }}
        />
      </div>
      {removing && (
        <div className="sure" role="alert">
          <p>{t('messages.removeSure')}</p>
          <Button
            kind="stop"
            onClick={() => {
              void model.ask('messages.remove', { accountId, address });
              model.show({ kind: 'messages' });
            }}
          >
            {t('messages.removeYes')}
          </Button>
          <Button
            onClick={() => {
              setRemoving(false);
            }}
          >
            {t('common.cancel')}
          </Button>
        </div>
      )}
      <ol className="thread-messages" aria-label={t('messages.title')} tabIndex={0}>
        {(messages ?? []).map((message) => (
          <Bubble key={message.id} message={message} onAgain={() => void send(message.text)} />
        ))}
        <li ref={end} aria-hidden />
      </ol>
      {newest !== undefined && (
        <p className="thread-security">{t(newest.encrypted ? 'messages.encrypted' : 'messages.open')}</p>
      )}
      <Composer autoFocus onSend={send} />
    </section>
  );
}

function Bubble({ message, onAgain }: { readonly message: TextMessage; readonly onAgain: () => void }) {
  const { t, i18n } = useTranslation();
  const { direction, text, at, state, code } = message;
  return (
    <li className={`bubble bubble-${direction}`}>
      <span className="visually-hidden">{t(`messages.from.${direction}`)}: </span>
      <span className="bubble-text" dir="auto">
        {text}
      </span>
      <span className="bubble-note">
        {formatDateTime(at, i18n.language)}
        {state === 'sending' && ` · ${t('messages.sending')}`}
        {state === 'failed' && (
          <>
            {' · '}
            <strong>{t('messages.failed')}</strong> <code>{code}</code>
          </>
        )}
      </span>
      {state === 'failed' && (
        <Button kind="quiet" onClick={onAgain}>
          {t('messages.again')}
        </Button>
      )}
    </li>
  );
}
