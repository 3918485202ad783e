import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallView } from '../../../core/api/state.ts';
import { usePhone, useSnapshot } from '../../app/phone-context.ts';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { DiagnosisCard } from '../diagnosis/DiagnosisCard.tsx';
import { DialPad } from '../dialer/DialPad.tsx';
import { CallHead } from './CallHead.tsx';
import { Conference } from './Conference.tsx';
import { TransferPanel } from './TransferPanel.tsx';
import { TransferState } from './TransferState.tsx';
import { LevelMeters } from './LevelMeters.tsx';
import { RecordButton } from './RecordButton.tsx';
import { QualityHint } from './QualityHint.tsx';
import { takesDigits } from './call-words.ts';

interface ActiveCallProps {
  readonly call: CallView;
  /** The digits sent so far. */
  readonly sent: string;
  readonly onDigit: (digit: string) => void;
}

/** A call that was begun here or has been answered: levels, mute, hold, keypad, transfer, hang up. */
export function ActiveCall({ call, sent, onDigit }: ActiveCallProps) {
  const { t } = useTranslation();
  const { model } = usePhone();
  const { audio } = useSnapshot();
  const [padWanted, setPadWanted] = useState(false);
  const [sending, setSending] = useState(false);
  const digits = takesDigits(call);
  const padOpen = padWanted && digits;
  const connected = call.state === 'connected';
  const underWay = call.transfer !== null && call.transfer.state !== 'failed';
  const silent = audio.state === 'none' || audio.state === 'lost';
  return (
    <>
      <div className="call-scroll">
        <CallHead call={call} compact={padOpen} />
        <div className="call-middle">
          {sent !== '' && (
            <p className="call-sent" aria-label={t('pad.sent', { digits: sent })}>
              {sent}
            </p>
          )}
          {connected && <TransferState call={call} />}
          {connected && !padOpen && !sending && <Conference call={call} />}
          {padOpen ? (
            <DialPad onDigit={onDigit} />
          ) : sending && connected ? (
            <TransferPanel
              call={call}
              onClose={() => {
                setSending(false);
              }}
            />
          ) : (
            <>
              {connected && <LevelMeters callId={call.id} muted={call.muted} />}
              {connected && <RecordButton call={call} />}
              {connected && <QualityHint quality={call.quality} />}
              {silent && <p className="call-silence">{t('call.silence')}</p>}
              {call.diagnosis !== null && <DiagnosisCard what={t('call.trouble')} diagnosis={call.diagnosis} />}
            </>
          )}
        </div>
      </div>
      <div className="controls">
        <Control
          icon={call.muted ? 'micOff' : 'mic'}
          label={t(call.muted ? 'call.unmute' : 'call.mute')}
          pressed={call.muted}
          disabled={!connected}
          onClick={() => void model.ask('call.mute', { callId: call.id, muted: !call.muted })}
        />
        <Control
          icon={call.hold.here ? 'play' : 'pause'}
          label={t(call.hold.here ? 'hold.resume' : 'hold.hold')}
          pressed={call.hold.here}
          disabled={!connected}
          onClick={() => void model.ask('call.hold', { callId: call.id, held: !call.hold.here })}
        />
        <Control
          icon="keypad"
          label={t('call.keypad')}
          expanded={padOpen}
          disabled={!digits}
          onClick={() => {
            setPadWanted(!padOpen);
          }}
        />
        {call.consults === null ? (
          <Control
            icon="transfer"
            label={t('transfer.button')}
            expanded={sending && connected && !padOpen}
            disabled={!connected || underWay}
            onClick={() => {
              setPadWanted(false);
              setSending(padOpen || !sending);
            }}
          />
        ) : (
          <Control
            icon="transfer"
            kind="go"
            label={t('transfer.connect')}
            disabled={!connected}
            onClick={() => void model.ask('call.connect', { callId: call.id })}
          />
        )}
        <Control
          icon="hangUp"
          kind="stop"
          label={t(connected || call.state === 'ending' ? 'call.hangUp' : 'call.cancel')}
          disabled={call.state === 'ending'}
          onClick={() => void model.ask('call.hangUp', { callId: call.id })}
        />
      </div>
    </>
  );
}

interface ControlProps {
  readonly icon: IconName;
  readonly label: string;
  readonly kind?: 'plain' | 'stop' | 'go';
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** A round button with its word under it. Disabled, it keeps the focus and says so. */
export function Control({ icon, label, kind = 'plain', pressed, expanded, disabled = false, onClick }: ControlProps) {
  return (
    <button
      type="button"
      className={`control control-${kind} ${pressed === true || expanded === true ? 'control-on' : ''}`}
      aria-expanded={expanded}
      aria-disabled={disabled || undefined}
      onClick={disabled ? undefined : onClick}
    >
      <span className="control-disc">
        <Icon name={icon} />
      </span>
      {label}
    </button>
  );
}
