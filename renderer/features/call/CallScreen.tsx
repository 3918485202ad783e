import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone } from '../../app/phone-context.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { ActiveCall } from './ActiveCall.tsx';
import { EndedCall } from './EndedCall.tsx';
import { IncomingCall } from './IncomingCall.tsx';
import { remoteLabel, takesDigits } from './call-words.ts';
import './call.css';

/**
 * One call, in whatever state. The keyboard is on the screen, not on a button: digits go to the other side, Space and
 * Enter do nothing until a button has the focus.
 */
export function CallScreen({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const screen = useRef<HTMLElement>(null);
  const [sent, setSent] = useState('');

  // The button that had the focus may be gone with the state that it belonged to.
  useEffect(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) screen.current?.focus({ preventScroll: true });
  }, [call.state]);

  const send = (digits: string): void => {
    setSent((before) => before + digits);
    void model.ask('call.dtmf', { callId: call.id, digits });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') model.show({ kind: 'home' });
    else if (takesDigits(call) && /^[0-9*#]$/.test(event.key)) send(event.key);
    else return;
    event.preventDefault();
  };

  return (
    <section
      ref={screen}
      className={`call call-${call.state}`}
      tabIndex={-1}
      aria-label={t('call.label', { name: remoteLabel(call) })}
      onKeyDown={onKeyDown}
    >
      <IconButton
        className="call-back"
        icon="back"
        label={t('call.back')}
        onClick={() => {
          model.show({ kind: 'home' });
        }}
      />
      {call.state === 'incoming' ? (
        <IncomingCall call={call} />
      ) : call.state === 'ended' ? (
        <EndedCall call={call} />
      ) : (
        <ActiveCall call={call} sent={sent} onDigit={send} />
      )}
    </section>
  );
}
