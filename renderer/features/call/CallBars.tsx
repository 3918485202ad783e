import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone, useSnapshot, useWindowState } from '../../app/phone-context.ts';
import { Icon } from '../../ui/Icon.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { SECURITY_SHAPES } from '../security/SecurityChip.tsx';
import { CallTime } from './CallTime.tsx';
import { holdOf, isLive, remoteLabel } from './call-words.ts';
import './call.css';

/** Calls that go on while something else is shown, one thin bar each: name, time, mute, end. */
export function CallBars() {
  const { t } = useTranslation();
  const { view } = useWindowState();
  const { calls } = useSnapshot();
  const shown = view.kind === 'call' ? calls.find(({ id }) => id === view.callId) : undefined;
  // Who is in conference with the call on the screen stands there.
  const others = calls.filter(
    (call) => isLive(call) && call !== shown && !(call.conference && shown?.conference === true),
  );
  if (others.length === 0) return null;
  return (
    <nav className="bars" aria-label={t('call.others')}>
      <ul>
        {others.map((call) => (
          <CallBar key={call.id} call={call} />
        ))}
      </ul>
    </nav>
  );
}

function CallBar({ call }: { readonly call: CallView }) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const name = remoteLabel(call);
  const held = holdOf(call);
  const { id: callId, state, muted } = call;
  return (
    <li className={`bar bar-${state}`}>
      <button
        type="button"
        className="bar-main"
        onClick={() => {
          model.show({ kind: 'call', callId });
        }}
      >
        <Icon name={SECURITY_SHAPES[call.security.state]} />
        <span className="bar-name">{name}</span>
        <span className="bar-state">
          {held === null && call.conference ? (
            t('conference.title')
          ) : held !== null ? (
            t(`hold.by.${held}`)
          ) : state === 'connected' ? (
            <CallTime call={call} />
          ) : (
            t(`call.state.${state}`)
          )}
        </span>
      </button>
      {call.hold.here && held !== null && (
        <IconButton
          icon="play"
          label={t('hold.resumeNamed', { name })}
          onClick={() => {
            model.show({ kind: 'call', callId });
            void model.ask('call.hold', { callId, held: false });
          }}
        />
      )}
      {state === 'connected' && (
        <IconButton
          icon={muted ? 'micOff' : 'mic'}
          label={t(muted ? 'call.unmuteNamed' : 'call.muteNamed', { name })}
          onClick={() => void model.ask('call.mute', { callId, muted: !muted })}
        />
      )}
      {state === 'incoming' ? (
        <>
          <IconButton
            className="bar-stop"
            icon="hangUp"
            label={t('call.declineNamed', { name })}
            onClick={() => void model.ask('call.decline', { callId })}
          />
          <IconButton
            className="bar-go"
            icon="phone"
            label={t('call.answerNamed', { name })}
            onClick={() => {
              model.show({ kind: 'call', callId });
              void model.ask('call.answer', { callId });
            }}
          />
        </>
      ) : (
        <IconButton
          className="bar-stop"
          icon="hangUp"
          label={t('call.hangUpNamed', { name })}
          onClick={() => void model.ask('call.hangUp', { callId })}
        />
      )}
    </li>
  );
}
