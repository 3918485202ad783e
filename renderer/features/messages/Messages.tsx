import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePhone, useWindowState } from '../../app/phone-context.ts';
import { formatTime } from '../../i18n/format.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { remoteLabel } from '../call/call-words.ts';
import { NewMessage } from './NewMessage.tsx';
import { Thread } from './Thread.tsx';
import { useThreads } from './use-messages.ts';
import './messages.css';

/** Conversations in text: the list of them, one of them, or a new one. */
export function Messages() {
  const { view } = useWindowState();
  const open = view.kind === 'messages' ? view.open : undefined;
  if (open === undefined) return <ThreadList />;
  if ('to' in open) return <NewMessage key={open.to} to={open.to} />;
  return <Thread key={`${open.accountId} ${open.address}`} {...open} />;
}

function ThreadList() {
  const { t, i18n } = useTranslation();
  const { model } = usePhone();
  const threads = useThreads();
  const [now] = useState(() => new Date().toDateString());
  const time = (at: number): string =>
    new Date(at).toDateString() === now
      ? formatTime(at, i18n.language)
      : new Intl.DateTimeFormat(i18n.language, { day: 'numeric', month: 'short' }).format(at);
  return (
    <section className="messages" aria-label={t('messages.title')}>
      <div className="list-bar">
        <h1>{t('messages.title')}</h1>
        <span className="list-tools">
          <IconButton
            icon="plus"
            label={t('messages.new')}
            onClick={() => {
              model.show({ kind: 'messages', open: { to: '' } });
            }}
          />
        </span>
      </div>
      {threads?.length === 0 && (
        <div className="empty">
          <Icon name="message" />
          <p>
            <strong>{t('messages.empty')}</strong>
            <span>{t('messages.emptyHint')}</span>
          </p>
        </div>
      )}
      {threads !== null && threads.length > 0 && (
        // It scrolls, and so takes the keyboard.
        <ul className="list message-threads" tabIndex={0} aria-label={t('messages.title')}>
          {threads.map(({ accountId, address, name, last, unseen }) => {
            const label = remoteLabel({ remoteName: name, remoteAddress: address });
            return (
              <li key={`${accountId} ${address}`}>
                <button
                  type="button"
                  className={`entry entry-main ${unseen > 0 ? 'message-unseen' : ''}`}
                  onClick={() => {
                    model.show({ kind: 'messages', open: { accountId, address, name } });
                  }}
                >
                  <Avatar label={label} size="small" />
                  <span className="entry-text">
                    <span className="entry-name">{label}</span> <span className="entry-note">{last.text}</span>
                  </span>
                  <span className="message-side">
                    <span>{time(last.at)}</span>
                    {unseen > 0 && (
                      <span className="badge">
                        {unseen > 99 ? '99+' : unseen}
                        <span className="visually-hidden"> {t('messages.unseen')}</span>
                      </span>
                    )}
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
