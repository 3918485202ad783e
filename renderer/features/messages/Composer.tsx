import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_MESSAGE_LENGTH } from '../../../core/api/messages.ts';
import type { RequestFailure } from '../../../core/api/client.ts';
import { FailureCard } from '../diagnosis/FailureCard.tsx';
import { IconButton } from '../../ui/IconButton.tsx';

interface ComposerProps {
  readonly autoFocus?: boolean;
  /** Whether it is known to whom. */
  readonly ready?: boolean;
  /** Resolves to why the text could not be taken, in which case it stays here; null where it was. */
  readonly onSend: (text: string) => Promise<RequestFailure | null>;
}

/** Where a message is written: Enter sends, Shift and Enter begin a line. */
export function Composer({ autoFocus = false, ready = true, onSend }: ComposerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<RequestFailure | null>(null);
  const idle = !ready || text.trim() === '' || busy;
  const send = async (): Promise<void> => {
    if (idle) return;
    setBusy(true);
    const refused = await onSend(text);
    setFailure(refused);
    if (refused === null) setText('');
    setBusy(false);
  };
  return (
    <>
      {failure !== null && (
        <FailureCard
          request="messages.send"
          failure={failure}
          onDismiss={() => {
            setFailure(null);
          }}
        />
      )}
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <textarea
          rows={Math.min(5, text.split('\n').length)}
          maxLength={MAX_MESSAGE_LENGTH}
          autoFocus={autoFocus}
          aria-label={t('messages.text')}
          placeholder={t('messages.text')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        <IconButton icon="send" label={t('messages.send')} type="submit" aria-disabled={idle} />
      </form>
    </>
  );
}
